"""The log: one JSON object a line on standard error, without personal data, secrets or card details."""

import json
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from . import SERVICE
from .tracing import trace_fields

LEVELS = ("error", "warning", "info", "debug")
_lock = threading.Lock()


class Log:
    """Any thread may write. Its lines carry the trace that it works for."""

    def __init__(self, level: str = "info") -> None:
        self._least = LEVELS.index(level)

    def error(self, event: str, **fields: Any) -> None:
        self._write(0, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        self._write(1, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        self._write(2, event, fields)

    def debug(self, event: str, **fields: Any) -> None:
        self._write(3, event, fields)

    def _write(self, level: int, event: str, fields: dict[str, Any]) -> None:
        if level > self._least:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, "level": LEVELS[level], "service": SERVICE, "event": event, **fields,
                           **trace_fields()})
        with _lock:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
