"""Connections that can be cut without any answer."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]


class TrackedConnection(H11Protocol):
    """uvicorn's HTTP protocol that remembers its open connections by the address of the client."""

    open_by_peer: ClassVar[dict[Peer, asyncio.Transport]] = {}

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.peer = cast(Peer, tuple(transport.get_extra_info("peername") or ("", 0))[:2])
        self.open_by_peer[self.peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.open_by_peer.pop(self.peer, None)
        super().connection_lost(exc)


class CutConnection(Response):
    """Closes the connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = TrackedConnection.open_by_peer.get(tuple(scope["client"]))
        if transport is None:
            raise ConnectionResetError("the connection is cut on purpose")
        transport.abort()
        # uvicorn answers for an application that says nothing, unless it has noticed the cut by then
        while transport in TrackedConnection.open_by_peer.values():
            await asyncio.sleep(0)
