"""Sends again what lost webhooks never told: the provider keeps its events for 30 days."""

import re
from datetime import datetime

from .bus import UnavailableError
from .outcomes import KINDS
from .parts import Parts
from .providers import AskAgainError, RefusedError
from .providers.card import EVENTS_KEPT_MS
from .times import now_ms, to_text

_AGO = re.compile(r"(\d+)([mhd])")
_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


def since_ms(text: str, now: int) -> int:
    """2h, 3d, or a time by RFC 3339. ValueError: it is neither, or it is to come."""
    ago = _AGO.fullmatch(text)
    if ago:
        return now - int(ago[1]) * _UNITS_MS[ago[2]]
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time needs an offset")
    ms = round(at.timestamp() * 1000)
    if ms > now:
        raise ValueError("this time is to come")
    return ms


def catch_up(parts: Parts, since: str) -> tuple[int, str]:
    """The exit code, and a line that says what was done."""
    now = now_ms()
    try:
        begin = since_ms(since, now)
    except ValueError as error:
        return 2, f"SINCE={since}: {error}; say 2h, 3d or a time such as 2026-05-01T20:00:00Z"
    if begin < now - EVENTS_KEPT_MS:
        return 2, f"SINCE={since}: the provider keeps events for 30 days, so not before {to_text(now - EVENTS_KEPT_MS)}"
    if parts.card is None:
        return 2, "STRIPE_API_KEY is not set"
    looked, told = 0, 0
    try:
        for event in parts.card.events_since(begin, sorted(KINDS)):
            looked += 1
            told += parts.webhooks.tell(event)
    except (AskAgainError, RefusedError, UnavailableError) as error:
        return 1, f"stopped after {looked} events: {error}; run it again"
    finally:
        parts.sender.close()
        parts.store.close()
    return 0, f"{looked} events since {to_text(begin)}, {told} told to payments.events"
