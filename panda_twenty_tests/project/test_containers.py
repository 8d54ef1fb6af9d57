"""The files that run the project in containers: what they pass on, what Dagster's launchers make of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher import LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin

from panda_twenty.settings import Settings, read_settings

DOCKER = Path(__file__).parents[2] / "docker"
PLAIN = ("compose.yaml",)
LAUNCHED = ("compose.yaml", "launched/compose.yaml")
OURS = ("code", "webserver", "daemon")

NOT_PASSED_ON = {"PANDA_TWENTY_HOME", "PATIENTS", "SEED"}
"""The home is the volume; the others are the sandbox's, which runs in no container."""

GIVEN = {
    "DAGSTER_POSTGRES_PASSWORD": "secret",
    "TWENTY_URL": "https://crm.example",
    "TWENTY_API_KEY": "key",
    "PANDA_CONNECTION": "mssql://user@panda.example/Panda",
    "PANDA_TWENTY_LEDGER_URL": "postgresql+psycopg2://dagster@postgres/ledger",
    "DOCKER_GROUP": "998",
    "DAGSTER_K8S_NAMESPACE": "practice",
    "PANDA_TWENTY_IMAGE": "registry.example/panda-twenty:1",
}


def read(name: str) -> Any:
    return yaml.safe_load((DOCKER / name).read_text())


def environment(service: str, files: tuple[str, ...], given: Mapping[str, str]) -> dict[str, str]:
    """The service's environment as Compose makes it of these files and of the lines of docker/.env."""
    merged: dict[str, str] = {}
    for name in files:
        merged |= read(name)["services"][service].get("environment", {})
    return {name: interpolated(value, given) for name, value in merged.items()}


def interpolated(value: str, given: Mapping[str, str]) -> str:
    found = re.fullmatch(r"\$\{(\w+):([-?])(.*)\}", value)
    if found is None:
        return value
    name, kind, rest = found.groups()
    if not given.get(name) and kind == "?":
        raise KeyError(f"{name}: {rest}")
    return given.get(name) or rest


@pytest.fixture
def launching(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[dg.DagsterInstance, LaunchRunContext]]:
    """The daemon's Dagster by the settings file named, its history aside, and a run to launch."""
    settings = read(request.param)
    module = settings["run_launcher"]["module"]
    pytest.importorskip(module, reason=f"needs {module}")
    for name, value in (GIVEN | environment("daemon", LAUNCHED, GIVEN)).items():
        monkeypatch.setenv(name, value)
    settings.pop("storage")
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(settings))
    where = RepositoryPythonOrigin("python", ModuleCodePointer("panda_twenty.definitions", "defs"))
    run = dg.DagsterRun(job_name="prepare", job_code_origin=JobPythonOrigin("prepare", where))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        instance.add_run(run)
        yield instance, LaunchRunContext(run, None)


@pytest.mark.parametrize("service", OURS)
def test_containers_pass_on_every_setting(service: str) -> None:
    settings = {name.upper() for name in Settings.model_fields} - NOT_PASSED_ON
    passed_on = environment(service, PLAIN, GIVEN)
    assert {name for name in passed_on if not name.startswith("DAGSTER_")} == settings


def test_a_line_of_the_env_file_arrives_and_all_others_count_as_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    given = {name: value for name, value in GIVEN.items() if name != "PANDA_TWENTY_LEDGER_URL"}
    given["PANDA_BUSINESS_ASSOCIATE_AGREEMENT"] = "true"
    for name, value in environment("code", PLAIN, given).items():
        monkeypatch.setenv(name, value)
    found = read_settings()
    assert found.model_fields_set == {
        "panda_business_associate_agreement",
        "panda_connection",
        "panda_twenty_dagster_home",
        "twenty_api_key",
        "twenty_url",
    }


def test_launched_runs_get_all_that_the_daemon_has() -> None:
    """A name that the daemon lacks keeps Dagster from launching; one missing here never reaches a run."""
    passed_on = read("launched/dagster.yaml")["run_launcher"]["config"]["env_vars"]
    assert sorted(passed_on) == sorted(environment("daemon", LAUNCHED, GIVEN))


@pytest.mark.parametrize("service", OURS)
def test_runs_in_several_containers_refuse_a_ledger_in_a_file(service: str) -> None:
    with pytest.raises(KeyError, match="PANDA_TWENTY_LEDGER_URL"):
        environment(service, LAUNCHED, {**GIVEN, "PANDA_TWENTY_LEDGER_URL": ""})


def test_those_that_launch_and_stop_runs_may_use_the_docker_socket() -> None:
    services = read("launched/compose.yaml")["services"]
    for name in ("webserver", "daemon"):
        (group,) = services[name]["group_add"]
        assert interpolated(group, GIVEN) == "998"
        assert "/var/run/docker.sock:/var/run/docker.sock" in services[name]["volumes"]
    for name in OURS:
        assert "./launched/dagster.yaml:/opt/dagster/dagster.yaml:ro" in services[name]["volumes"]


def test_launched_runs_share_the_network_and_the_volume_of_the_others() -> None:
    compose = read("compose.yaml")
    config = read("launched/dagster.yaml")["run_launcher"]["config"]
    (ours,) = compose["services"]["code"]["volumes"]
    assert config["image"] == compose["services"]["code"]["image"]
    assert config["network"] == f"{compose['name']}_default"
    assert config["container_kwargs"]["volumes"] == [f"{compose['name']}_{ours}"]


@pytest.mark.parametrize("launching", ["launched/dagster.yaml"], indirect=True)
def test_the_docker_launcher_makes_a_container_with_every_setting(
    launching: tuple[dg.DagsterInstance, LaunchRunContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, context = launching
    engine = mock.Mock()
    engine.containers.create.return_value = mock.Mock(id="container")
    monkeypatch.setattr("docker.client.from_env", lambda: engine)
    instance.run_launcher.launch_run(context)
    asked = engine.containers.create.call_args.kwargs
    expected = environment("daemon", LAUNCHED, GIVEN)
    assert {name: asked["environment"].get(name) for name in expected} == expected
    assert asked["image"] == "panda-twenty"
    assert asked["network"] == "panda-twenty_default"


@pytest.mark.parametrize("launching", ["kubernetes/dagster.yaml"], indirect=True)
def test_the_kubernetes_launcher_makes_a_job_that_can_write_the_claim(
    launching: tuple[dg.DagsterInstance, LaunchRunContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    kubernetes = pytest.importorskip("kubernetes", reason="needs kubernetes")
    monkeypatch.setattr("dagster_k8s.launcher.load_kubernetes_config", lambda **_: None)
    client = mock.Mock()
    monkeypatch.setattr("dagster_k8s.launcher.DagsterKubernetesClient.production_client", lambda **_: client)
    instance, context = launching
    instance.run_launcher.launch_run(context)
    asked = client.create_namespaced_job_with_retries.call_args.kwargs
    assert asked["namespace"] == "practice"
    job = kubernetes.client.ApiClient().sanitize_for_serialization(asked["body"])
    made, server = job["spec"]["template"]["spec"], server_pod()
    assert made["serviceAccountName"] == server["serviceAccountName"]
    assert made["securityContext"] == server["securityContext"]
    assert made["securityContext"]["fsGroup"] == image_user()
    (run,) = made["containers"]
    assert run["image"] == "registry.example/panda-twenty:1"
    for ours in server["containers"]:
        assert all(each in run["env"] for each in ours["env"])
        assert all(each in run["envFrom"] for each in ours["envFrom"])
        assert all(each in ours["volumeMounts"] for each in run["volumeMounts"])
    assert all(each in server["volumes"] for each in made["volumes"])


def server_pod() -> Any:
    (deployment,) = [each for each in manifests() if each["kind"] == "Deployment"]
    return deployment["spec"]["template"]["spec"]


def manifests() -> list[Any]:
    return list(yaml.safe_load_all((DOCKER / "kubernetes" / "panda-twenty.yaml").read_text()))


def image_user() -> int:
    (found,) = re.findall(r"useradd .*--uid (\d+)", (DOCKER / "Dockerfile").read_text())
    return int(found)


def test_kubernetes_pods_can_write_the_claim_and_need_a_shared_ledger() -> None:
    """The servers' pod and, in the launcher's own spelling, those of the runs."""
    pod, runs = server_pod(), read("kubernetes/dagster.yaml")["run_launcher"]["config"]["run_k8s_config"]
    assert pod["securityContext"]["fsGroup"] == image_user()
    assert runs["pod_spec_config"]["security_context"]["fs_group"] == image_user()
    ledger = {"name": "panda-twenty", "key": "PANDA_TWENTY_LEDGER_URL"}
    needed = {"name": "PANDA_TWENTY_LEDGER_URL", "valueFrom": {"secretKeyRef": ledger}}
    assert all(needed in container["env"] for container in pod["containers"])
    assert {
        "name": "PANDA_TWENTY_LEDGER_URL",
        "value_from": {"secret_key_ref": ledger},
    } in runs["container_config"]["env"]


def test_the_kubernetes_client_knows_every_field_of_the_manifests() -> None:
    """Read into its models and written again, nothing is lost: a misspelt field would be."""
    kubernetes = pytest.importorskip("kubernetes", reason="needs kubernetes")
    client = kubernetes.client.ApiClient()
    for manifest in manifests():
        answer = mock.Mock(data=json.dumps(manifest))
        model = client.deserialize(answer, f"V1{manifest['kind']}")
        assert client.sanitize_for_serialization(model) == manifest


def test_the_image_has_what_the_launchers_need_and_no_package_twice() -> None:
    root = DOCKER.parent
    packages = [
        set(re.findall(r"^([a-z0-9-]+)\S*==", (root / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "docker/requirements-scale.lock")
    ]
    assert packages[1] >= {"dagster-postgres", "psycopg2-binary", "dagster-docker", "dagster-k8s"}
    assert not packages[0] & packages[1]
    dockerfile = (DOCKER / "Dockerfile").read_text()
    assert all(f"-r {name}" in dockerfile for name in ("requirements.lock", "docker/requirements-scale.lock"))
