"""Times: milliseconds since 1970 inside, RFC 3339 in UTC outside."""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def to_text(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
