"""The judge of the fault runs sees what it should: a judge that never finds anything proves nothing."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from panda_twenty_tests.chaos.judging import Snapshot, judged
from panda_twenty_tests.chaos.proxy import CONTROL, FATES, Weather, serve_proxy

EXPECTED: Snapshot = {
    ("person", "patient", "1"): {"name": "Ann", "pandaId": "practice/patient/1"},
    ("person", "patient", "2"): {"name": "Bea", "pandaId": "practice/patient/2"},
}


def test_a_workspace_that_holds_what_it_should_is_clean() -> None:
    assert judged(EXPECTED, dict(EXPECTED), strays=0).is_clean


def test_a_record_that_is_not_there_is_lost_and_one_too_many_is_doubled() -> None:
    verdict = judged(EXPECTED, {("person", "patient", "1"): EXPECTED["person", "patient", "1"]}, strays=1)
    assert (verdict.lost, verdict.doubled, verdict.wrong) == (1, 1, 0)
    assert not verdict.is_clean


def test_a_field_that_differs_is_named_without_its_value() -> None:
    actual = {**EXPECTED, ("person", "patient", "2"): {"name": "Cee", "pandaId": "practice/patient/2"}}
    verdict = judged(EXPECTED, actual, strays=0)
    assert (verdict.lost, verdict.doubled, verdict.wrong) == (0, 0, 1)
    assert dict(verdict.fields) == {"person.name": 1}


def test_the_weather_follows_its_seed_and_brings_every_kind_of_fault() -> None:
    def fates(seed: str) -> list[str]:
        weather = Weather(seed)
        return [weather.fate("/graphql", b"{}") for _ in range(2_000)]

    assert fates("5") == fates("5") != fates("6")
    assert set(fates("5")) == {"pass", *FATES}


def test_calm_weather_lets_everything_pass_and_counts_what_is_written() -> None:
    weather = Weather("5")
    weather.calm = True
    for query in (
        "mutation($data:[PersonCreateInput!]!){createPeople}",
        "mutation($filter:PersonFilterInput!){deletePeople}",
        "mutation($id:UUID!){deleteWorkflowAutomatedTrigger}",
        "{people}",
    ):
        body = json.dumps({"query": query}).encode()
        assert {weather.fate("/graphql", body) for _ in range(500)} == {"pass"}
    assert (weather.calls, weather.writing_calls) == (2_000, 1_000)


class Echo(BaseHTTPRequestHandler):
    """Answers every POST with its own body."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def proxy_before(upstream: str) -> str:
    """The address of a proxy that serves until the tests end."""
    told: list[int] = []
    ready = threading.Event()

    def on_ready(port: int) -> None:
        told.append(port)
        ready.set()

    threading.Thread(target=serve_proxy, args=(upstream, "5", 0, on_ready), daemon=True).start()
    assert ready.wait(30)
    return f"http://127.0.0.1:{told[0]}"


def test_the_proxy_passes_answers_refuses_and_cuts(upstream: str) -> None:
    seen = set()
    with httpx.Client(base_url=proxy_before(upstream), trust_env=False) as client:
        for _ in range(300):
            try:
                answer = client.post("/graphql", content=b"hello")
            except httpx.TransportError:
                seen.add("cut")
            else:
                seen.add("passed" if answer.content == b"hello" else str(answer.status_code))
        client.put(CONTROL, json={"calm": True})
        assert all(client.post("/graphql", content=b"hello").content == b"hello" for _ in range(50))
    assert seen == {"passed", "cut", "200", "429", "502", "503"}


def test_the_proxy_speaks_tls_to_a_server_that_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        through = proxy_before(f"https://localhost:{server.server_address[1]}")
        with httpx.Client(base_url=through, trust_env=False, timeout=60) as client:
            client.put(CONTROL, json={"calm": True})
            assert client.post("/graphql", content=b"hello").content == b"hello"
        server.shutdown()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Files of a certificate for localhost that is its own authority, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kept, secret = folder / "certificate.pem", folder / "key.pem"
    kept.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return kept, secret
