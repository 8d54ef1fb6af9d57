"""A local stand-in for Twenty CRM 2.21: an HTTP server on loopback that answers as a real one does.

    with running_twenty(Path("data")) as twenty:
        httpx.post(f"{twenty.url}/graphql", headers={"Authorization": f"Bearer {twenty.token}"}, json=...)

From a shell: ``python -m panda_twenty.sandbox.twenty DATA_DIRECTORY --port 3000``.
"""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from panda_twenty.sandbox.twenty.connections import TrackedConnection
from panda_twenty.sandbox.twenty.faults import FaultPlan, Faults
from panda_twenty.sandbox.twenty.metadata_api import metadata_schema
from panda_twenty.sandbox.twenty.rate_limit import RateLimit
from panda_twenty.sandbox.twenty.server import application
from panda_twenty.sandbox.twenty.statistics import Statistics

__all__ = [
    "FaultPlan",
    "Faults",
    "RateLimit",
    "RunningTwenty",
    "Statistics",
    "create_app",
    "running_twenty",
    "serve",
]

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0


def create_app(
    data_directory: Path,
    *,
    rate_limit: RateLimit | None = RateLimit(),  # noqa: B008
    faults: bool = False,
    token: str | None = None,
) -> Starlette:
    """The stand-in as an ASGI application over ``data_directory``, which is made where it is missing.

    ``rate_limit=None`` switches throttling off. ``token`` is a further API key that is accepted; without
    it one is made once per data directory (``app.state.stand_in.token``).
    """
    return application(data_directory, rate_limit, faults, token)


@dataclass(frozen=True)
class RunningTwenty:
    """A stand-in that is listening. ``faults`` and ``statistics`` are those of the server itself."""

    url: str
    token: str
    faults: Faults
    statistics: Statistics


def _listening_socket(port: int) -> socket.socket:
    # asyncio switches Nagle's delay off only where the protocol is named
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    return listener


def _server(app: Starlette) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=TrackedConnection,
            log_level="critical",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
        )
    )


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the Twenty stand-in did not start")
        time.sleep(0.01)


@contextmanager
def running_twenty(
    data_directory: Path,
    *,
    port: int = 0,
    rate_limit: RateLimit | None = RateLimit(),  # noqa: B008
    faults: bool = False,
    token: str | None = None,
) -> Iterator[RunningTwenty]:
    """A stand-in in a background thread, listening before the block runs and stopped after it."""
    app = create_app(data_directory, rate_limit=rate_limit, faults=faults, token=token)
    stand_in = app.state.stand_in
    listener = _listening_socket(port)
    server = _server(app)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="twenty stand-in", daemon=True
    )
    thread.start()
    try:
        _wait_until_started(server, thread)
        url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        yield RunningTwenty(url, stand_in.token, stand_in.faults, stand_in.workspace.statistics)
    finally:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)
        listener.close()
        stand_in.workspace.close()


def _leave_standing_objects_alone() -> None:
    """Keep the collector of cyclic garbage from going through what stays for good.

    It stopped the server for 60 ms every half minute, and the call that met it came so late to the rate limit
    that the next one earned no token (measured). A Twenty under Node has no such pauses.
    """
    metadata_schema()
    gc.collect()
    gc.freeze()


def serve(
    data_directory: Path,
    port: int,
    *,
    rate_limit: RateLimit | None = RateLimit(),  # noqa: B008
    faults: bool = False,
    ready: Callable[[str, str], None],
) -> None:
    """Serve in the foreground until interrupted; ``ready(url, token)`` is called once it listens."""
    app = create_app(data_directory, rate_limit=rate_limit, faults=faults)
    stand_in = app.state.stand_in
    listener = _listening_socket(port)
    listener.listen()
    _leave_standing_objects_alone()
    ready(f"http://{LOOPBACK}:{listener.getsockname()[1]}", stand_in.token)
    try:
        _server(app).run(sockets=[listener])
    finally:
        listener.close()
        stand_in.workspace.close()
