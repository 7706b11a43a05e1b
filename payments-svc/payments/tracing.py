"""Traces: W3C Trace Context, and spans that are sent to a collector (OTLP over HTTP as JSON).

The same wire as the other services'. A span that ends is put into a bounded queue and never waits; what does not fit,
or the collector does not take, is dropped and counted.
"""

import json
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from . import SERVICE, VERSION

QUEUE = 2048
EVERY_S = 0.5
SEND_S = 5.0
LAST_SEND_S = 1.0
SAMPLED, RANDOM = 1, 2
_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
SERVER, CLIENT, PRODUCER = 2, 3, 4  # as OTLP numbers the kinds of spans
_ERROR = 2


@dataclass
class Span:
    trace_id: str
    span_id: str
    parent_id: str | None
    flags: int
    start_ns: int
    name: str = ""
    kind: int = SERVER
    end_ns: int = 0
    failed: bool = False
    attributes: dict[str, str | int] = field(default_factory=dict)

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    @property
    def sampled(self) -> bool:
        return bool(self.flags & SAMPLED)


# What the work that this thread has in hand passes on; None: nothing.
current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def read(traceparent: str | None) -> tuple[str, str, int] | None:
    """Trace, span and flags; None: it cannot be read."""
    match = _PARENT.fullmatch(traceparent or "")
    if match is None or match[1] == "ff" or (match[1] == "00" and match[5]):
        return None
    if not int(match[2], 16) or not int(match[3], 16):
        return None
    return match[2], match[3], int(match[4], 16)


def trace_fields() -> dict[str, str]:
    """What a line of the log carries of the work in hand."""
    trace = read(current.get())
    return {"trace_id": trace[0]} if trace else {}


@contextmanager
def working_for(traceparent: str | None) -> Iterator[None]:
    """What this thread does meanwhile is of this trace; one that cannot be read is as none."""
    before = current.set(traceparent if read(traceparent) else None)
    try:
        yield
    finally:
        current.reset(before)


class Tracer:
    """Any thread. Without an endpoint it begins no span, and a caller's trace is passed on as it came."""

    def __init__(self, endpoint: str | None, sampler: str, ratio: float, service: str | None,
                 count: Callable[[str, int], None], tell: Callable[[str], None]) -> None:
        self._url = f"{endpoint.rstrip('/')}/v1/traces" if endpoint else None
        self._sampler, self._ratio = sampler, ratio
        self._service = service or SERVICE
        self._count, self._tell = count, tell
        self._said = False
        self._waiting: deque[Span] = deque()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._opener = build_opener(ProxyHandler({}))
        self._thread: threading.Thread | None = None
        if self._url:
            self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
            self._thread.start()

    def begin(self, traceparent: str | None, now_ns: int) -> Span | None:
        if self._url is None:
            current.set(traceparent if read(traceparent) else None)
            return None
        parent = read(traceparent)
        trace_id = parent[0] if parent else secrets.token_hex(16)
        sampled = self._samples(trace_id, parent[2] if parent else None)
        random = parent[2] & RANDOM if parent else RANDOM
        span = Span(trace_id, secrets.token_hex(8), parent[1] if parent else None, random | sampled, now_ns)
        current.set(span.traceparent)
        return span

    @contextmanager
    def part(self, name: str, kind: int, attributes: dict[str, str | int]) -> Iterator[None]:
        """A span below the work in hand. What it raises passes through, and says that it failed."""
        with working_for(current.get()):
            began = time.monotonic()
            span = self.begin(current.get(), time.time_ns())
            try:
                yield
            except Exception:
                if span:
                    span.failed = True
                raise
            finally:
                if span:
                    span.name, span.kind, span.attributes = name, kind, attributes
                    self.end(span, span.start_ns + int((time.monotonic() - began) * 1e9))

    def _samples(self, trace_id: str, parent_flags: int | None) -> int:
        if self._sampler.startswith("parentbased_") and parent_flags is not None:
            return parent_flags & SAMPLED
        if self._sampler.endswith("traceidratio"):
            return int(int(trace_id[-14:], 16) < self._ratio * 2 ** 56)
        return int(self._sampler.endswith("always_on"))

    def end(self, span: Span, now_ns: int) -> None:
        if not span.sampled:
            return
        span.end_ns = max(now_ns, span.start_ns)
        with self._lock:
            fits = len(self._waiting) < QUEUE
            if fits:
                self._waiting.append(span)
        if not fits:
            self._count("dropped", 1)

    def close(self) -> None:
        """Sends what waits, for a second at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(LAST_SEND_S + 1)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._send(SEND_S)
        self._send(LAST_SEND_S)

    def _send(self, timeout_s: float) -> None:
        with self._lock:
            spans, self._waiting = list(self._waiting), deque()
        if not spans:
            return
        assert self._url is not None
        body = json.dumps(_export(self._service, spans)).encode()
        request = Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with self._opener.open(request, timeout=timeout_s):
                taken = True
        except (OSError, ValueError):
            taken = False
        self._count("sent" if taken else "dropped", len(spans))
        if not taken and not self._said:
            self._tell(self._url)
        self._said = not taken


def _export(service: str, spans: list[Span]) -> dict[str, Any]:
    return {"resourceSpans": [{
        "resource": {"attributes": _attributes({"service.name": service, "service.version": VERSION})},
        "scopeSpans": [{"scope": {"name": "ticketing", "version": VERSION},
                        "spans": [_span(span) for span in spans]}]}]}


def _span(span: Span) -> dict[str, Any]:
    return {"traceId": span.trace_id, "spanId": span.span_id, "name": span.name, "kind": span.kind,
            "startTimeUnixNano": str(span.start_ns), "endTimeUnixNano": str(span.end_ns),
            "attributes": _attributes(span.attributes),
            **({"parentSpanId": span.parent_id} if span.parent_id else {}),
            **({"status": {"code": _ERROR}} if span.failed else {})}


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
            for key, value in values.items()]
