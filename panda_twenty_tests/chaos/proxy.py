"""A proxy in front of a Twenty that does what networks and busy servers do, by a seed.

Calls are refused as Twenty's rate limit and as a gateway refuse them, answered with 5xx before or after they
were carried out, and cut: before they arrive, after they were carried out, and in the middle of the answer.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx

from panda_twenty_tests.writing_calls import writes_records

CONTROL = "/chaos"
"""GET: what was counted; PUT ``{"calm": true}``: no more faults."""

FATES: Mapping[str, float] = {
    "limit reached": 0.03,
    "too many requests": 0.02,
    "unavailable": 0.03,
    "bad gateway after": 0.03,
    "cut before": 0.03,
    "cut after": 0.04,
    "cut inside": 0.03,
}
"""How likely each is for one call."""

LONGEST_CALL_SECONDS = 120.0

LONGEST_STORM = 6
"""Calls that are refused one after another."""

_LIMIT_REACHED = {
    "data": None,
    "errors": [
        {
            "message": "Limit reached (100 tokens per 60000 ms)",
            "extensions": {"subCode": "LIMIT_REACHED", "code": "BAD_USER_INPUT"},
        }
    ],
}


class Weather:
    """Decides what becomes of each call, and counts."""

    def __init__(self, seed: str) -> None:
        self.calm = False
        self.calls = 0
        """Those that cost a token."""
        self.writing_calls = 0
        """Those that write records."""
        self.faults = 0
        self._random = random.Random(seed)
        self._storm = 0
        self._lock = threading.Lock()

    def fate(self, path: str, body: bytes) -> str:
        with self._lock:
            self.calls += path == "/graphql"
            self.writing_calls += writes_records(path, body)
            if self.calm or path == "/healthz":
                return "pass"
            if self._storm and path == "/graphql":
                self._storm -= 1
                return "limit reached"
            drawn = self._random.random()
            for name, likelihood in FATES.items():
                if drawn < likelihood:
                    self.faults += 1
                    if name == "limit reached":
                        self._storm = self._random.randrange(LONGEST_STORM)
                    return name
                drawn -= likelihood
            return "pass"


def serve_proxy(upstream: str, seed: str, port: int, ready: Callable[[int], None]) -> None:
    """Serve on loopback until the process ends; ``ready(port)`` is called once it listens."""
    weather = Weather(seed)
    address = urlsplit(upstream)
    host = address.hostname or ""
    # The authorities that the client itself trusts; reading them takes longer than a call.
    trusted = httpx.create_ssl_context() if address.scheme == "https" else None

    def connected() -> http.client.HTTPConnection:
        if trusted is None:
            return http.client.HTTPConnection(host, address.port, timeout=LONGEST_CALL_SECONDS)
        return http.client.HTTPSConnection(host, address.port, timeout=LONGEST_CALL_SECONDS, context=trusted)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer is written in two pieces, and Nagle's algorithm would hold the second one for 40 ms.
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: addresses and bodies are nobody's business."""

        def relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path == CONTROL:
                self._control(body)
                return
            fate = weather.fate(self.path, body)
            if fate == "limit reached" and self.path == "/graphql":
                self._answer(200, "application/json", json.dumps(_LIMIT_REACHED).encode())
            elif fate in ("too many requests", "limit reached"):
                self._answer(429, "text/plain", b"busy", {"Retry-After": "0"})
            elif fate == "unavailable":
                self._answer(503, "text/html", b"<html>unavailable</html>")
            elif fate == "cut before":
                self._cut()
            else:
                self._forward(fate, body)

        do_GET = do_POST = do_PUT = relay

        def _forward(self, fate: str, body: bytes) -> None:
            try:
                status, kind, content = self._ask(body)
            except OSError:
                self._answer(502, "text/html", b"<html>bad gateway</html>")
                return
            except http.client.HTTPException:
                self._cut()
                return
            if fate == "bad gateway after":
                self._answer(502, "text/html", b"<html>bad gateway</html>")
            elif fate == "cut after":
                self._cut()
            elif fate == "cut inside":
                self._answer(status, kind, content, cut_at=len(content) // 2)
            else:
                self._answer(status, kind, content)

        def _ask(self, body: bytes) -> tuple[int, str, bytes]:
            connection = connected()
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() in ("authorization", "content-type", "user-agent")
            }
            try:
                connection.request(self.command, self.path, body or None, headers)
                response = connection.getresponse()
                return response.status, response.getheader("content-type", ""), response.read()
            finally:
                connection.close()

        def _answer(
            self,
            status: int,
            kind: str,
            content: bytes,
            more: Mapping[str, str] | None = None,
            cut_at: int | None = None,
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in (more or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[:cut_at])
            if cut_at is not None:
                self._cut()

        def _cut(self) -> None:
            self.close_connection = True
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.connection.close()

        def _control(self, body: bytes) -> None:
            if self.command == "PUT":
                weather.calm = bool(json.loads(body)["calm"])
            told = {
                "faults": weather.faults,
                "calls": weather.calls,
                "writing_calls": weather.writing_calls,
            }
            self._answer(200, "application/json", json.dumps(told).encode())

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that was killed leaves a broken pipe behind; that is what this is for."""

    with Server(("127.0.0.1", port), Handler) as server:
        ready(server.server_address[1])
        server.serve_forever()
