"""What the repository promises about itself: its files agree with each other."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from dagster._config import process_config
from dagster._core.instance.config import dagster_instance_config

from panda_twenty.cli import main
from panda_twenty.field_documentation import field_documentation
from panda_twenty.settings import read_settings

ROOT = Path(__file__).parents[2]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("git or the checkout is missing, so there is no list of files")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_the_field_table_in_the_docs_is_what_the_mapping_says() -> None:
    written = (ROOT / "docs" / "fields.md").read_text()
    assert written == field_documentation(read_settings()), (
        "run: panda-twenty mapping --fields > docs/fields.md"
    )


def test_the_lock_names_no_address_and_hashes_every_package() -> None:
    for name in ("requirements.lock", "docker/requirements-scale.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
        packages = [block for block in blocks if "==" in block.splitlines()[0]]
        assert packages
        assert all("--hash=sha256:" in block for block in packages)


def test_both_workspaces_name_the_same_code_location() -> None:
    embedded = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"][0]["python_module"]
    several = yaml.safe_load((ROOT / "docker" / "workspace.yaml").read_text())["load_from"][0]["grpc_server"]
    assert embedded["location_name"] == several["location_name"]


def test_containers_publish_ports_on_loopback_only() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_container_settings_that_must_be_given_are_all_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker" / "compose.yaml").read_text()))
    lines = (ROOT / "docker" / ".env.example").read_text().splitlines()
    assert asked == {line.partition("=")[0] for line in lines if not line.startswith("#")}


@pytest.mark.parametrize("folder", [".", "docker", "docker/launched", "docker/kubernetes"])
def test_dagster_reads_its_settings_and_sends_no_telemetry(folder: str) -> None:
    settings = yaml.safe_load((ROOT / folder / "dagster.yaml").read_text())
    assert settings["telemetry"] == {"enabled": False}
    assert settings["nux"] == {"enabled": False}


CONTAINER_SETTINGS = (
    "DAGSTER_POSTGRES_HOST",
    "DAGSTER_POSTGRES_USER",
    "DAGSTER_POSTGRES_PASSWORD",
    "DAGSTER_POSTGRES_DB",
    "DAGSTER_K8S_NAMESPACE",
    "PANDA_TWENTY_IMAGE",
)


@pytest.mark.parametrize("folder", [".", "docker", "docker/launched", "docker/kubernetes"])
def test_dagster_accepts_each_of_its_settings_files(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read by Dagster itself: the file as a whole, and the launcher's part by the launcher."""
    for name in CONTAINER_SETTINGS:
        monkeypatch.setenv(name, "x")
    shutil.copy(ROOT / folder / "dagster.yaml", tmp_path)
    settings, custom = dagster_instance_config(str(tmp_path))
    assert custom is None
    launcher = settings.get("run_launcher")
    if launcher is not None:
        module = pytest.importorskip(launcher["module"], reason=f"needs {launcher['module']}")
        kind = getattr(module, launcher["class"])
        checked = process_config(kind.config_type(), launcher["config"])
        assert checked.success, checked.errors
    if "storage" in settings:
        postgres = pytest.importorskip("dagster_postgres", reason="needs dagster_postgres")
        checked = process_config(
            postgres.DagsterPostgresStorage.config_type(), settings["storage"]["postgres"]
        )
        assert checked.success, checked.errors


@pytest.mark.parametrize("folder", ["docker", "docker/launched", "docker/kubernetes"])
def test_variants_for_several_machines_differ_in_the_launcher_alone(folder: str) -> None:
    plain = yaml.safe_load((ROOT / "docker" / "dagster.yaml").read_text())
    variant = yaml.safe_load((ROOT / folder / "dagster.yaml").read_text())
    variant.pop("run_launcher", None)
    assert variant == plain


def test_every_command_that_the_readme_names_exists() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`panda-twenty ((?:sandbox |audit |lite |quarantine )?[a-z-]+)", readme))
    assert named
    for command in named:
        outcome = CliRunner().invoke(main, [*command.split(), "--help"])
        assert outcome.exit_code == 0, f"panda-twenty {command}: {outcome.output}"


def test_nothing_below_defs_imports_dagster() -> None:
    allowed = {"definitions.py", "headless.py", "deltas.py"}
    for file in (ROOT / "panda_twenty").rglob("*.py"):
        if "defs" in file.parts or file.name in allowed:
            continue
        assert not re.search(r"^\s*(import|from) dagster", file.read_text(), re.MULTILINE), file


def test_the_two_ends_know_nothing_of_each_other() -> None:
    for one, other in (("panda", "twenty"), ("twenty", "panda")):
        for file in (ROOT / "panda_twenty" / one).rglob("*.py"):
            assert f"panda_twenty.{other}" not in file.read_text(), file


def test_no_committed_text_names_a_home_folder() -> None:
    homes = re.compile(r"/(?:home|Users|root|work)/\w+")
    for file in tracked_files():
        if file.suffix in {".py", ".md", ".yaml", ".toml", ".lock", ".sql", ""} and file.is_file():
            found = homes.search(file.read_text(errors="replace"))
            assert found is None, f"{file}: {found}"
