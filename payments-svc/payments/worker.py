"""gunicorn's worker of threads, which are few: a request that is not there in time is read no further."""

import socket
import time
from contextlib import suppress
from typing import Any

import gunicorn.util
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

RECEIVE_S = 10.0  # for a whole request, from its first byte on or since the connection is open


class Worker(ThreadWorker):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._ends: dict[TConn, float] = {}  # of what threads read
        self._heads: set[TConn] = set()  # of these, whose head is not there yet

    def handle(self, conn: TConn) -> Any:
        """In a thread. Connections that say nothing yet are waited for without one."""
        if not conn.initialized and not conn.data_ready and not conn.wait_for_data(0):
            return _DEFER
        self._heads.add(conn)
        self._ends[conn] = time.monotonic() + RECEIVE_S
        kept = super().handle(conn)
        self._heads.discard(conn)
        return self._ends.pop(conn, None) is not None and kept

    def handle_request(self, req: Any, conn: TConn) -> Any:
        self._heads.discard(conn)
        return super().handle_request(req, conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        super().finish_request(conn, fs)
        if self.pending_conns and self.pending_conns[-1] is conn:
            conn.timeout = time.monotonic() + RECEIVE_S

    def murder_pending(self) -> None:
        """Every second or so, in the main thread."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, end in list(self._ends.items()) if end <= now]:
            if self._ends.pop(conn, None) is not None:
                self._read_no_further(conn)

    def _read_no_further(self, conn: TConn) -> None:
        """The thread comes to an end of what it reads: with half a body it answers, as to one that breaks off."""
        with suppress(OSError):
            if conn in self._heads:
                gunicorn.util.write_error(conn.sock, 408, "Request timeout", "")
            conn.sock.shutdown(socket.SHUT_RD)
