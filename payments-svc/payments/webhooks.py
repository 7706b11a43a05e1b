"""Webhooks of the card provider: verified, turned into an outcome, and answered once Kafka has it."""

import json
from typing import Any

from .bus import Sender, UnavailableError
from .log import Log
from .metrics import Metrics
from .outcomes import KINDS, SILENT, ForeignError, Ours, outcomes_of
from .problems import ProblemError
from .providers import AskAgainError, RefusedError
from .providers.card import Card, verify
from .store import Store
from .tracing import current, read, working_for


class Known:
    """What an event does not say itself, from the database or else from the provider."""

    def __init__(self, store: Store, card: Card | None) -> None:
        self._store = store
        self._card = card

    def payment_of(self, provider_payment: str) -> Ours | None:
        payment = self._store.payment_by_provider(provider_payment)
        if payment is not None:
            return Ours(payment["id"], payment["order_id"], payment["event_id"])
        try:
            return self._card.ours(provider_payment) if self._card else None
        except AskAgainError as error:
            raise UnavailableError(str(error)) from None

    def tickets_of(self, refund_id: str) -> list[str]:
        refund = self._store.refund(refund_id)
        if refund is None:
            raise UnavailableError("the refund is not known yet")
        return list(refund["tickets"])

    def refunds_of(self, provider_payment: str) -> list[dict[str, Any]]:
        try:
            return self._card.refunds_of(provider_payment) if self._card else []
        except RefusedError:
            raise ForeignError from None
        except AskAgainError as error:
            raise UnavailableError(str(error)) from None


class Webhooks:
    def __init__(self, secret: str | None, live: bool, sender: Sender, known: Known, metrics: Metrics,
                 log: Log) -> None:
        self._secret = secret
        self._live = live
        self._sender = sender
        self._known = known
        self._metrics = metrics
        self._log = log

    def take(self, payload: bytes, signature: str | None) -> None:
        """Returns once what it tells is in Kafka, or nothing is to be told."""
        if self._secret is None:
            raise ProblemError("webhooks_off")
        if not verify(payload, signature, self._secret):
            self._metrics.webhook("unknown", "bad_signature")
            raise ProblemError("invalid_signature")
        event = _read(payload)
        if bool(event.get("livemode")) != self._live:
            self._metrics.webhook("unknown", "wrong_mode")
            raise ProblemError("wrong_mode")
        self.tell(event)

    def tell(self, event: dict[str, Any]) -> bool:
        """True: something was told, now or before. It is of the trace of the payment or refund, if that has one."""
        with working_for(_traceparent(event) or current.get()):
            return self._tell(event)

    def _tell(self, event: dict[str, Any]) -> bool:
        kind = str(event["type"])
        label = kind if kind in KINDS or kind in SILENT else "unknown"
        try:
            outcomes = outcomes_of(event, self._known)
        except ForeignError:
            self._metrics.webhook(label, "foreign")
            return False
        except (KeyError, TypeError, ValueError):
            self._metrics.webhook(label, "unreadable")
            self._log.error("webhook.unreadable", kind=label, event_id=str(event.get("id")))
            return False
        for outcome in outcomes:
            self._sender.tell(outcome)
        self._metrics.webhook(label, "told" if outcomes else "nothing")
        return bool(outcomes)


def _traceparent(event: dict[str, Any]) -> str | None:
    metadata = event["data"]["object"].get("metadata")
    found = metadata.get("traceparent") if isinstance(metadata, dict) else None
    return found if isinstance(found, str) and read(found) else None


def _read(payload: bytes) -> dict[str, Any]:
    try:
        event = json.loads(payload)
    except ValueError:
        raise ProblemError("invalid_json") from None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str) or \
            not isinstance((event.get("data") or {}).get("object"), dict):
        raise ProblemError("invalid_request")
    return event
