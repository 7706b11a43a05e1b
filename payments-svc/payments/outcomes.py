"""What a provider's event means: one message an outcome, whichever event tells it and in whatever order.

The message's id is made of the object and the outcome, and its body of the object alone, so that two events of
one outcome make the same message, byte for byte.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

from .money import Money, from_provider


@dataclass(frozen=True)
class Outcome:
    """A message for payments.events."""

    type: str  # payment.succeeded, …
    id: str  # its ce_id
    order_id: str
    event_id: str | None
    body: dict[str, Any]
    provider_payment: str | None = None  # the provider's own id of the payment
    headers: dict[str, str] = field(default_factory=dict)

    def value(self) -> bytes:
        ids = {"event_id": self.event_id, "order_id": self.order_id}
        members = {name: value for name, value in {**ids, **self.body}.items() if value is not None}
        return json.dumps(members, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


class ForeignError(Exception):
    """The event is about an object that this service has not made."""


@dataclass(frozen=True)
class Ours:
    """Which payment of which order an object of the provider belongs to."""

    payment_id: str
    order_id: str
    event_id: str | None

    @classmethod
    def of(cls, metadata: Any) -> "Ours | None":
        if not metadata or not metadata.get("payment_id") or not metadata.get("order_id"):
            return None
        return cls(metadata["payment_id"], metadata["order_id"], metadata.get("event_id"))


class Lookup(Protocol):
    """What an event does not say itself. Raises UnavailableError if it cannot be had now."""

    def payment_of(self, provider_payment: str) -> Ours | None: ...
    def tickets_of(self, refund_id: str) -> list[str]: ...
    def refunds_of(self, provider_payment: str) -> list[dict[str, Any]]: ...


def succeeded(ours: Ours, amount: Money, provider_payment: str | None = None) -> Outcome:
    return Outcome("payment.succeeded", f"succeeded/{ours.payment_id}", ours.order_id, ours.event_id,
                   {"payment_id": ours.payment_id, "amount": amount.document()}, provider_payment)


def failed(ours: Ours, attempt: str, amount: Money, reason: str, provider_payment: str | None = None) -> Outcome:
    return Outcome("payment.failed", f"failed/{attempt}", ours.order_id, ours.event_id,
                   {"payment_id": ours.payment_id, "amount": amount.document(), "reason": reason}, provider_payment)


def refunded(ours: Ours, refund_id: str, amount: Money, tickets: list[str]) -> Outcome:
    return Outcome("payment.refunded", f"refunded/{refund_id}", ours.order_id, ours.event_id,
                   {"payment_id": ours.payment_id, "refund_id": refund_id, "amount": amount.document(),
                    "tickets": tickets or None})


def refund_failed(ours: Ours, refund_id: str, amount: Money, reason: str) -> Outcome:
    return Outcome("payment.refund_failed", f"refund_failed/{refund_id}", ours.order_id, ours.event_id,
                   {"payment_id": ours.payment_id, "refund_id": refund_id, "amount": amount.document(),
                    "reason": reason})


def disputed(ours: Ours, dispute_id: str, amount: Money, reason: str) -> Outcome:
    return Outcome("payment.disputed", f"disputed/{dispute_id}", ours.order_id, ours.event_id,
                   {"payment_id": ours.payment_id, "dispute_id": dispute_id, "amount": amount.document(),
                    "reason": reason})


def refund_outcome(refund: Any, ours: Ours, lookup: Lookup) -> Outcome | None:
    """Of a refund as the provider shows it. None: it is still on its way."""
    metadata = refund.get("metadata") or {}
    refund_id = metadata.get("refund_id") or refund["id"]
    amount = from_provider(refund["amount"], refund["currency"])
    if refund["status"] == "succeeded":
        tickets = lookup.tickets_of(refund_id) if metadata.get("tickets") else []
        return refunded(ours, refund_id, amount, tickets)
    if refund["status"] in ("failed", "canceled"):
        return refund_failed(ours, refund_id, amount, refund.get("failure_reason") or refund["status"])
    return None


def _session(session: Any, _: Lookup) -> list[Outcome]:
    """A session that is complete but unpaid waits for a slow method: that is no success."""
    ours = _require(Ours.of(session.get("metadata")))
    if session.get("payment_status") != "paid":
        return []
    amount = from_provider(session["amount_total"], session["currency"])
    return [succeeded(ours, amount, session.get("payment_intent"))]


def _session_failed(session: Any, _: Lookup) -> list[Outcome]:
    ours = _require(Ours.of(session.get("metadata")))
    return [failed(ours, session["id"], from_provider(session["amount_total"], session["currency"]),
                   "payment_method_failed", session.get("payment_intent"))]


def _intent_succeeded(intent: Any, _: Lookup) -> list[Outcome]:
    ours = _require(Ours.of(intent.get("metadata")))
    return [succeeded(ours, from_provider(intent["amount_received"], intent["currency"]), intent["id"])]


def _intent_failed(intent: Any, _: Lookup) -> list[Outcome]:
    ours = _require(Ours.of(intent.get("metadata")))
    error = intent.get("last_payment_error") or {}
    reason = error.get("decline_code") or error.get("code") or "declined"
    attempt = intent.get("latest_charge") or error.get("charge") or f"{intent['id']}/{reason}"
    return [failed(ours, attempt, from_provider(intent["amount"], intent["currency"]), reason, intent["id"])]


def _refund(refund: Any, lookup: Lookup) -> list[Outcome]:
    outcome = refund_outcome(refund, _find(refund, lookup), lookup)
    return [outcome] if outcome else []


def _charge_refunded(charge: Any, lookup: Lookup) -> list[Outcome]:
    """A charge says how much went back in all, and not in which refunds."""
    ours = _find(charge, lookup)
    told = (refund_outcome(refund, ours, lookup) for refund in lookup.refunds_of(charge["payment_intent"]))
    return [outcome for outcome in told if outcome]


def _dispute(dispute: Any, lookup: Lookup) -> list[Outcome]:
    return [disputed(_find(dispute, lookup), dispute["id"], from_provider(dispute["amount"], dispute["currency"]),
                     dispute.get("reason") or "general")]


def _find(thing: Any, lookup: Lookup) -> Ours:
    ours = Ours.of(thing.get("metadata"))
    if ours is None and thing.get("payment_intent"):
        ours = lookup.payment_of(thing["payment_intent"])
    return _require(ours)


def _require(ours: Ours | None) -> Ours:
    if ours is None:
        raise ForeignError
    return ours


KINDS = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session_failed,
    "payment_intent.succeeded": _intent_succeeded,
    "payment_intent.payment_failed": _intent_failed,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refund.updated": _refund,
    "charge.refunded": _charge_refunded,
    "charge.dispute.created": _dispute,
}
# Known, and nothing to tell: another event tells it, or this service ended it itself.
SILENT = frozenset(("checkout.session.expired", "payment_intent.created", "payment_intent.canceled",
                    "charge.succeeded", "charge.failed", "charge.updated", "charge.dispute.closed",
                    "charge.dispute.updated"))


def outcomes_of(event: Any, lookup: Lookup) -> list[Outcome]:
    """None of an event that is of no kind that matters, or tells no outcome yet. Raises ForeignError."""
    kind = KINDS.get(event["type"])
    return kind(event["data"]["object"], lookup) if kind else []
