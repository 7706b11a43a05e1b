"""gunicorn, with one process of threads; what it says itself looks like what the service says."""

import ctypes
import json
import os
import signal
import socket
from typing import Any

import gunicorn.util
from gunicorn.app.base import BaseApplication

from .log import Log
from .problems import PROBLEMS, ProblemError
from .server_log import ServerLogger
from .settings import Settings
from .worker import Worker

PR_SET_PDEATHSIG = 1
_CODES = {408: "request_timeout", 414: "uri_too_long", 431: "headers_too_large", 500: "internal_error"}


class Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: Any = None
        super().__init__()

    def load_config(self) -> None:
        address = self._settings.bind_address
        host = f"[{address}]" if ":" in address else address
        for name, value in {
            "bind": f"{host}:{self._settings.port}", "workers": 1, "worker_class": Worker,
            "threads": self._settings.http_threads, "keepalive": 75, "graceful_timeout": 4, "timeout": 60,
            "limit_request_line": 8190, "limit_request_field_size": 8190, "post_fork": _die_with_parent,
            "worker_exit": lambda _server, _worker: self._end(), "logconfig_dict": _logging(self._settings.log_level),
            "logger_class": ServerLogger,
            "control_socket_disable": True, "proc_name": "payments-svc",
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the process that serves: threads and connections do not outlive a fork."""
        from .app import Front
        from .parts import Parts, Running
        gunicorn.util.write_error = _write_error
        parts = Parts(self._settings)
        app = Front(parts).app()
        self._running = Running(parts)
        parts.log.info("service.started", port=self._settings.port)
        return app

    def _end(self) -> None:
        if self._running is not None:
            Log(self._settings.log_level).info("service.stopping")
            self._running.close()
            self._running = None


def _die_with_parent(_server: Any, worker: Any) -> None:
    """The process that serves ends with the one that was started, also if that is killed."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker.ppid:
        os._exit(1)


def _write_error(connection: socket.socket, status: int, reason: str, _message: str) -> None:
    """What is no HTTP is a problem like any other."""
    code = _CODES.get(status, "invalid_request")
    document = {**ProblemError(code).document(), "status": status}
    if status not in (PROBLEMS[code][0], 400):
        document["title"] = reason
    body = json.dumps(document).encode()
    head = (f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    gunicorn.util.write_nonblock(connection, head.encode("latin1") + body)


def _logging(level: str) -> dict[str, Any]:
    """Warnings of gunicorn's own, in the form of every other line."""
    least = "ERROR" if level == "error" else "WARNING"
    logger = {"level": least, "handlers": ["stderr"], "propagate": False}
    return {"version": 1, "disable_existing_loggers": False,
            "formatters": {"json": {"()": "payments.server_log.JsonFormatter"}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": least, "handlers": ["stderr"]},
            "loggers": {"gunicorn.error": logger, "gunicorn.access": {**logger, "level": "ERROR"},
                        "stripe": {**logger, "level": "ERROR"}}}
