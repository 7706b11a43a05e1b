"""Lines of libraries in the form of the service's own."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from gunicorn.glogging import Logger

from . import SERVICE
from .tracing import trace_fields


class ServerLogger(Logger):  # type: ignore[misc]
    def access(self, *_: Any) -> None:
        """Requests are counted, not logged."""


class JsonFormatter(logging.Formatter):
    """Without the message's arguments of an exception: they may hold what a request held."""

    def format(self, record: logging.LogRecord) -> str:
        now = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": now, "level": record.levelname.lower(), "service": SERVICE, "event": record.name,
                **trace_fields()}
        if record.exc_info and record.exc_info[0]:
            return json.dumps({**line, "error": record.exc_info[0].__name__})
        # What a client sent stays out of the log.
        what = record.getMessage().partition("Invalid request from")
        return json.dumps({**line, "what": "an invalid request" if what[1] else what[0][:300]})
