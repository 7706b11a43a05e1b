"""Makes a payment of a held order: one a hold, however often it is asked for and wherever this process dies."""

from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

from . import orders, tracing
from .bus import Asker, Reply, UnavailableError
from .ids import new_id
from .log import Log
from .money import Money, UnsupportedAmountError
from .outcomes import Ours, succeeded
from .problems import ProblemError, invalid, violation
from .providers import AskAgainError, Begun, Provider, RefusedError
from .providers.transfer import new_reference
from .settings import Settings
from .store import OPEN, Document, Store
from .times import from_text, now_ms, to_text

# A request that began a payment has ended by then, whatever became of it.
STALE_MS = 60_000


class Checkout:
    def __init__(self, settings: Settings, store: Store, asker: Asker, providers: dict[str, Provider],
                 log: Log) -> None:
        self._settings = settings
        self._store = store
        self._asker = asker
        self._providers = providers
        self._log = log
        self._hosts = {host.strip().lower() for host in settings.checkout_return_hosts.split(",") if host.strip()}

    def pay(self, event_id: str, order_id: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self._check_urls(body)
        order = self._asker.order(event_id, order_id)
        if order is None:
            raise ProblemError("not_found")
        total = orders.total(order)
        if "amount" in body and Money.of(body["amount"]) != total:
            raise invalid([violation("not_of_order", "#/amount")])
        if total.amount == 0:
            return self._confirm(event_id, order)
        orders.require_payable(order, now_ms())
        provider = self._provider(body.get("provider"))
        try:
            provider.check(total)
        except UnsupportedAmountError:
            raise ProblemError("amount_unsupported") from None
        payment, is_new = self._place(order, provider, body)
        if payment["status"] == "open":
            return 200, shown(payment)
        return (201 if is_new else 200), shown(self._begin(provider, payment))

    def _provider(self, name: str | None) -> Provider:
        wanted = name or ("stripe" if "stripe" in self._providers else "transfer")
        if wanted not in self._providers:
            raise ProblemError("provider_unavailable")
        return self._providers[wanted]

    def _check_urls(self, body: dict[str, Any]) -> None:
        faults = [violation("invalid_url", f"#/{name}") for name in ("success_url", "cancel_url")
                  if name in body and not self._may_return(body[name])]
        if faults:
            raise invalid(faults)

    def _may_return(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            return parts.scheme in ("http", "https") and (parts.hostname or "") in self._hosts \
                and parts.username is None and "\\" not in url and " " not in url
        except ValueError:
            return False

    def _confirm(self, event_id: str, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What costs nothing needs no provider."""
        answer = {"payment_id": None, "order_id": order["id"], "provider": "none", "status": "succeeded",
                  "amount": order["total"]}
        if order["status"] == "paid":
            return 200, answer
        orders.require_payable(order, now_ms())
        reply = self._asker.wait(self._asker.start(
            "tickets.commands", "order.confirm", event_id, {"event_id": event_id, "order_id": order["id"]},
            id_=f"confirm/{order['id']}"))
        if reply.status != 200:
            raise ProblemError("hold_expired" if reply.problem() == "hold_expired" else "illegal_transition")
        return 201, answer

    def _place(self, order: dict[str, Any], provider: Provider, body: dict[str, Any]) -> tuple[Document, bool]:
        """The payment of this hold, and whether it is new."""
        while True:
            now = now_ms()
            before = self._store.payments_of(order["id"])
            if any(payment["status"] == "succeeded" for payment in before):
                raise ProblemError("already_paid")
            mine = [payment for payment in before if payment["provider"] == provider.name]
            last = mine[-1] if mine else None
            if last is not None and last["status"] in OPEN:
                if last["status"] == "creating" and now - last["created_at"] > STALE_MS:
                    last = self._find_again(provider, last)
                if last["status"] in OPEN and last["expires_at"] > now and last.get("end_at") is None:
                    return last, False
                self._store.set_payment(last["id"], {"status": "expired", **CLOSED}, among=OPEN)
            fresh = self._fresh(order, provider, body, len(mine), now)
            payment, is_new = self._store.begin_payment(fresh)
            if payment["status"] in OPEN:
                return payment, is_new

    def _fresh(self, order: dict[str, Any], provider: Provider, body: dict[str, Any], n: int, now: int) -> Document:
        hold_ends = from_text(order["expires_at"])
        ends, hold_until = provider.window(now, hold_ends)
        home = self._settings.checkout_return_url or f"http://127.0.0.1:{self._settings.port}/v1/checkout/done"
        return {
            "_id": f"{order['id']}/{provider.name}/{n}", "id": new_id("payment", now), "order_id": order["id"],
            "event_id": order["event_id"], "provider": provider.name, "amount": order["total"], "status": "creating",
            "created_at": now, "expires_at": ends, "hold_ends": hold_ends,
            "extend_by": max(0, -(-(hold_until - hold_ends) // 1000)),
            "embedded": bool(body.get("embedded")), "success_url": body.get("success_url") or home,
            "cancel_url": body.get("cancel_url") or home, "end_at": None, "received": None,
            "traceparent": tracing.current.get(),
            "reference": new_reference() if provider.name == "transfer" else None}

    def _find_again(self, provider: Provider, payment: Document) -> Document:
        """A payment whose beginning nobody has seen the end of: what the provider made of it, or nothing."""
        try:
            begun = provider.find(payment)
        except AskAgainError as error:
            raise self._away(error) from None
        members = {**begun.members, "status": "open"} if begun else {"status": "abandoned", **CLOSED}
        return self._store.set_payment(payment["id"], members, among=("creating",)) or \
            self._store.payment(payment["id"]) or payment

    def _begin(self, provider: Provider, payment: Document) -> Document:
        """The hold is extended while the provider is asked."""
        seconds = payment["extend_by"]
        extending = self._extend(payment, seconds, f"extend/{payment['id']}") if seconds > 0 else None
        begun = self._ask(provider, payment)
        hold_ends = self._extended(extending, payment, begun) if extending is not None else int(payment["hold_ends"])
        ends = min(int(begun.members.get("expires_at") or payment["expires_at"]), hold_ends)
        members = {**begun.members, "expires_at": ends, "status": "open"}
        return self._store.set_payment(payment["id"], members, among=OPEN) or \
            self._store.payment(payment["id"]) or payment

    def _ask(self, provider: Provider, payment: Document) -> Begun:
        try:
            return provider.begin(payment)
        except AskAgainError as error:
            raise self._away(error) from None
        except RefusedError as error:
            self._log.error("checkout.refused", payment_id=payment["id"], code=str(error))
            self._store.set_payment(payment["id"], {"status": "abandoned", **CLOSED}, among=("creating",))
            raise ProblemError("amount_unsupported" if "amount" in str(error) else "provider_unavailable") from None

    def _away(self, error: AskAgainError) -> ProblemError:
        self._log.warning("provider.away", code=str(error))
        return ProblemError("unavailable")

    def _extend(self, payment: Document, seconds: int, id_: str) -> "Future[Reply]":
        body = {"event_id": payment["event_id"], "order_id": payment["order_id"], "hold_seconds": seconds}
        return self._asker.start("tickets.commands", "order.extend", payment["event_id"], body, id_=id_)

    def _extended(self, extending: "Future[Reply]", payment: Document, begun: Begun) -> int:
        """Until when the hold lasts. One that cannot be extended any more is paid within its time."""
        reply = self._asker.wait(extending)
        longest = _longest(reply)
        if longest is not None:
            reply = self._asker.wait(self._extend(payment, longest, f"extend/{payment['id']}/{longest}"))
        if reply.status == 200:
            return from_text(reply.body["expires_at"])
        if reply.status == 422:
            return int(payment["hold_ends"])
        self._store.set_payment(payment["id"], {**begun.members, "status": "open", "end_at": now_ms()}, among=OPEN)
        if reply.problem() == "hold_expired":
            raise ProblemError("hold_expired")
        paid = isinstance(reply.body, dict) and reply.body.get("from") == "paid"
        raise ProblemError("already_paid" if paid else "illegal_transition")


def _longest(reply: Reply) -> int | None:
    """The longest that a hold may be extended by, if that was the fault."""
    errors = reply.body.get("errors", []) if reply.status == 422 and isinstance(reply.body, dict) else []
    limits = [error.get("limit") for error in errors if error.get("pointer") == "#/hold_seconds"]
    return limits[0] if limits and isinstance(limits[0], int) else None


CLOSED: Document = {"url": None, "client_secret": None, "end_at": None}


def receive(store: Store, reference: str, amount: Money | None) -> tuple[Document, Any]:
    """A transfer that has come: the payment, and what to tell of it. What is said first stays."""
    payment = store.payment_by_reference(reference)
    if payment is None:
        raise ProblemError("not_found")
    came = amount or Money.of(payment["amount"])
    payment = store.receive_transfer(reference, {**came.document(), "at": now_ms()})
    if payment is None:
        raise UnavailableError("the payment has gone")
    ours = Ours(payment["id"], payment["order_id"], payment["event_id"])
    return payment, succeeded(ours, Money.of(payment["received"]))


def shown(payment: Document) -> dict[str, Any]:
    """As the answer of a checkout shows it."""
    body = {"payment_id": payment["id"], "order_id": payment["order_id"], "provider": payment["provider"],
            "status": payment["status"], "amount": payment["amount"], "expires_at": to_text(payment["expires_at"])}
    for name in ("url", "client_secret", "reference", "account"):
        if payment.get(name):
            body[name] = payment[name]
    return body


def listed(payment: Document) -> dict[str, Any]:
    """As lists show it: nothing to pay with."""
    body = {"payment_id": payment["id"], "order_id": payment["order_id"], "provider": payment["provider"],
            "provider_payment": payment.get("provider_payment"), "reference": payment.get("reference"),
            "status": payment["status"], "amount": payment["amount"], "created_at": to_text(payment["created_at"]),
            "expires_at": to_text(payment["expires_at"])}
    body = {name: value for name, value in body.items() if value is not None}
    for name in ("failures", "disputes"):
        if payment.get(name):
            body[name] = [{**entry, "at": to_text(entry["at"])} for entry in payment[name]]
    return body
