"""A TCP proxy that cuts its connections when a test says so, as a switch or a restarted server does."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Listens on a free local port and passes everything on to ``target``. Use as a context manager."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._left: int | None = None
        self.connections = 0
        self.cuts = 0

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self._close_all()

    def cut_after(self, answered_bytes: int) -> None:
        """Cuts every connection once the server has answered that many more bytes."""
        with self._lock:
            self._left = answered_bytes

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._open += [client, server]
            self.connections += 1
            threading.Thread(target=self._pass_on, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if answers and self._is_over(len(data)):
                    self._close_all()
                    return
                sink.sendall(data)
        for each in (source, sink):
            each.close()

    def _is_over(self, arrived: int) -> bool:
        with self._lock:
            if self._left is None:
                return False
            self._left -= arrived
            if self._left > 0:
                return False
            self._left = None
            self.cuts += 1
            return True

    def _close_all(self) -> None:
        with self._lock:
            closing, self._open = self._open, []
        for each in closing:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
