"""Cards, by the provider's official SDK. All of stripe is here."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import stripe

from ..money import Money, from_provider, to_provider
from ..outcomes import Ours
from ..settings import Settings
from ..store import Document
from ..tracing import CLIENT, Tracer
from . import AskAgainError, Begun, RefundState, RefusedError

T = TypeVar("T")

# The provider's bounds of a session are 30 minutes and 24 hours; a minute more or less for its clock.
SHORTEST_MS = 31 * 60 * 1000
LONGEST_MS = (24 * 60 - 1) * 60 * 1000
GRACE_MS = 60 * 1000  # the hold outlives the session
LOOK_BACK_S = 600
SIGNATURE_AGE_S = 300
EVENTS_KEPT_MS = 30 * 24 * 3600 * 1000
# Codes of requests that may be right later, when the account has money or the object is free again.
LATER = frozenset(("lock_timeout", "rate_limit", "balance_insufficient", "idempotency_key_in_use"))
DONE = "charge_already_refunded"


class Card:
    name = "stripe"
    refunds = True

    def __init__(self, settings: Settings, tracer: Tracer) -> None:
        self._tracer = tracer
        key = settings.stripe_api_key or ""
        timeout_s = settings.provider_timeout_ms / 1000
        self._client = stripe.StripeClient(
            key, base_addresses={"api": settings.stripe_api_base}, max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout_s))
        self._methods = [method.strip() for method in settings.stripe_payment_methods.split(",") if method.strip()]
        self._item = settings.checkout_item_name
        self.live = "_live_" in key

    def _one(self, call: str, ask: Callable[[], stripe.StripeObject]) -> dict[str, Any]:
        with self._tracer.part(f"stripe {call}", CLIENT, {"peer.service": "stripe"}):
            return _call(lambda: ask().to_dict())

    def _all(self, call: str, ask: Callable[[], Any]) -> list[dict[str, Any]]:
        """Every page."""
        with self._tracer.part(f"stripe {call}", CLIENT, {"peer.service": "stripe"}):
            return _call(lambda: [thing.to_dict() for thing in ask().auto_paging_iter()])

    def check(self, total: Money) -> None:
        to_provider(total)

    def window(self, now: int, hold_ends: int) -> tuple[int, int]:
        ends = max(now + SHORTEST_MS, min(hold_ends - GRACE_MS, now + LONGEST_MS))
        return ends, ends + GRACE_MS

    def begin(self, payment: Document) -> Begun:
        return _begun(self._one("checkout.sessions.create", lambda: self._client.v1.checkout.sessions.create(
            self._session(payment), {"idempotency_key": payment["id"]})))

    def _session(self, payment: Document) -> Any:
        ids = _ids(payment, payment)
        total = Money.of(payment["amount"])
        params: dict[str, Any] = {
            "mode": "payment", "payment_method_types": self._methods, "client_reference_id": payment["order_id"],
            "metadata": ids, "payment_intent_data": {"metadata": ids}, "expires_at": payment["expires_at"] // 1000,
            "line_items": [{"quantity": 1, "price_data": {
                "currency": total.currency.lower(), "unit_amount": to_provider(total),
                "product_data": {"name": self._item}}}]}
        if payment["embedded"]:
            return {**params, "ui_mode": "embedded_page", "return_url": payment["success_url"]}
        return {**params, "success_url": payment["success_url"], "cancel_url": payment["cancel_url"]}

    def find(self, payment: Document) -> Begun | None:
        """The provider forgets idempotency keys after a day, but not what it made: by its metadata."""
        since = payment["created_at"] // 1000 - LOOK_BACK_S
        until = payment["created_at"] // 1000 + LOOK_BACK_S
        sessions = self._all("checkout.sessions.list", lambda: self._client.v1.checkout.sessions.list(
            {"created": {"gte": since, "lte": until}, "limit": 100}))
        for session in sessions:
            if (session.get("metadata") or {}).get("payment_id") == payment["id"]:
                return _begun(session)
        return None

    def end(self, payment: Document) -> bool:
        session_id = payment.get("session_id")
        if session_id is None:
            begun = self.find(payment)
            if begun is None:
                return True
            session_id = begun.members["session_id"]
        try:
            self._one("checkout.sessions.expire", lambda: self._client.v1.checkout.sessions.expire(session_id))
        except RefusedError:
            session = self._session_of(session_id)
            return bool(session["status"] != "complete")
        return True

    def refund(self, payment: Document, refund: Document, seen: bool) -> RefundState:
        intent = self._intent(payment)
        if seen:
            known = self._made(intent, refund["id"])
            if known is not None:
                return _state(known)
        metadata = {**_ids(payment, refund), "refund_id": refund["id"]}
        if refund.get("tickets"):
            metadata["tickets"] = str(len(refund["tickets"]))
        amount = to_provider(Money.of(refund["amount"]))
        try:
            made = self._one("refunds.create", lambda: self._client.v1.refunds.create(
                {"payment_intent": intent, "amount": amount, "metadata": metadata},
                {"idempotency_key": refund["id"]}))
        except RefusedError as refused:
            if str(refused) != DONE:
                raise
            known = self._made(intent, refund["id"])
            if known is None:
                raise
            made = known
        return _state(made)

    def _made(self, intent: str, refund_id: str) -> dict[str, Any] | None:
        known = self.refunds_of(intent)
        return next((one for one in known if (one.get("metadata") or {}).get("refund_id") == refund_id), None)

    def refunds_of(self, provider_payment: str) -> list[dict[str, Any]]:
        """Every refund of the provider's payment, as the provider shows it."""
        return self._all("refunds.list", lambda: self._client.v1.refunds.list(
            {"payment_intent": provider_payment, "limit": 100}))

    def _session_of(self, session_id: str) -> dict[str, Any]:
        return self._one("checkout.sessions.retrieve", lambda: self._client.v1.checkout.sessions.retrieve(session_id))

    def _intent(self, payment: Document) -> str:
        """The provider's own id of a payment."""
        if payment.get("provider_payment"):
            return str(payment["provider_payment"])
        if payment.get("session_id"):
            session = self._session_of(payment["session_id"])
            if session.get("payment_intent"):
                return str(session["payment_intent"])
        for intent in self._search(f"metadata['payment_id']:'{payment['id']}'"):
            return str(intent["id"])
        raise RefusedError("payment_unknown")

    def ours(self, provider_payment: str) -> Ours | None:
        """Which payment of ours the provider's payment is."""
        try:
            intent = self._one("payment_intents.retrieve",
                               lambda: self._client.v1.payment_intents.retrieve(provider_payment))
        except RefusedError:
            return None
        return Ours.of(intent.get("metadata"))

    def _search(self, query: str) -> list[dict[str, Any]]:
        return self._all("payment_intents.search", lambda: self._client.v1.payment_intents.search(
            {"query": query, "limit": 100, "expand": ["data.latest_charge"]}))

    def payments_of_event(self, event_id: str) -> Iterator[dict[str, Any]]:
        """What the provider has of an event: {payment_id, order_id, status, amount, refunded}."""
        for intent in self._search(f"metadata['event_id']:'{event_id}'"):
            ours = Ours.of(intent.get("metadata"))
            if ours is None:
                continue
            charge = intent.get("latest_charge")
            refunded = charge["amount_refunded"] if isinstance(charge, dict) else 0
            yield {"payment_id": ours.payment_id, "order_id": ours.order_id, "provider_payment": intent["id"],
                   "succeeded": intent["status"] == "succeeded",
                   "amount": from_provider(intent.get("amount_received") or 0, intent["currency"]),
                   "refunded": from_provider(refunded, intent["currency"])}

    def events_since(self, since_ms: int, kinds: list[str]) -> Iterator[dict[str, Any]]:
        """What the provider told since then, the oldest first."""
        yield from reversed(self._all("events.list", lambda: self._client.v1.events.list(
            {"created": {"gte": since_ms // 1000}, "types": kinds, "limit": 100})))


def verify(payload: bytes, header: str | None, secret: str) -> bool:
    """Whether a webhook was signed with this secret, in the last five minutes."""
    try:
        return bool(header) and stripe.WebhookSignature.verify_header(payload, header, secret, SIGNATURE_AGE_S)
    except (stripe.SignatureVerificationError, ValueError):
        return False


def _ids(payment: Document, cause: Document) -> dict[str, str]:
    """What the provider tells again in its webhooks; of `cause`, the trace."""
    trace = cause.get("traceparent")
    return {"payment_id": payment["id"], "order_id": payment["order_id"], "event_id": payment["event_id"],
            **({"traceparent": trace} if trace else {})}


def _begun(session: dict[str, Any]) -> Begun:
    return Begun({"session_id": session["id"], "url": session.get("url"),
                  "client_secret": session.get("client_secret"), "expires_at": session["expires_at"] * 1000})


def _state(refund: dict[str, Any]) -> RefundState:
    if refund["status"] in ("failed", "canceled"):
        return RefundState("failed", refund["id"], refund.get("failure_reason") or refund["status"])
    return RefundState("succeeded" if refund["status"] == "succeeded" else "pending", refund["id"])


def _call(do: Callable[[], T]) -> T:
    """What the SDK raises, as what is to be done about it."""
    try:
        return do()
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise AskAgainError(error.code or type(error).__name__, slowly=True) from None
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        if error.code in LATER or error.http_status in (409, 429):
            raise AskAgainError(error.code or "conflict", slowly=error.code == "balance_insufficient") from None
        raise RefusedError(error.code or "invalid_request") from None
    except stripe.StripeError as error:
        raise AskAgainError(error.code or type(error).__name__) from None
