"""Refunds: planned once for each request, made once at the provider, told once to db-svc."""

import threading
import time
from collections.abc import Callable
from typing import Any

from . import orders, tracing
from .background import Bell
from .bus import Asker, Sender
from .ids import new_id
from .log import Log
from .money import Money, UnsupportedAmountError
from .outcomes import Ours, Outcome, refund_failed, refunded
from .problems import ProblemError, invalid, violation
from .providers import AskAgainError, Provider, RefusedError
from .settings import Settings
from .store import Document, Store
from .times import now_ms, to_text

CLAIM_MS = 8_000  # a call that takes longer is begun again: the provider makes it once
FIRST_PAUSE_MS = 1_000
LONGEST_PAUSE_MS = 15 * 60_000
SLOW_PAUSE_MS = 60_000


class Refunds:
    """Asks for refunds and decides about them. Any thread."""

    def __init__(self, settings: Settings, store: Store, asker: Asker, sender: Sender,
                 providers: dict[str, Provider], bell: Bell) -> None:
        self._bell = bell
        self._manual = settings.refunds == "manual"
        self._store = store
        self._asker = asker
        self._sender = sender
        self._providers = providers

    def ask(self, event_id: str, order_id: str, body: dict[str, Any], key: str) -> Document:
        """A part of an order, or all of it, by a person or a shop."""
        def decide(order: dict[str, Any] | None, known: list[Document]) -> list[Document]:
            if order is None:
                raise ProblemError("not_found")
            return [self._asked_of(order, known, body, key)]
        return self._decide(event_id, order_id, key, decide)[0]

    def _asked_of(self, order: dict[str, Any], known: list[Document], body: dict[str, Any], key: str) -> Document:
        amount, numbers = _asked(order, body, known)
        paid = orders.paid_by(order)
        payment_id = paid[0]["payment_id"] if paid else None
        limit = order["paid"]["amount"] - order["refunded"]["amount"] - orders.under_way(order, known)
        if payment_id is not None:
            limit = min(limit, orders.left_of_payment(order, payment_id, known))
        if amount.amount > limit or amount.amount < 1:
            raise ProblemError("limit_exceeded", limit=max(0, limit), limit_name="refundable")
        self._check_amount(payment_id, amount)
        return self._refund(order, payment_id, amount, key, 0, body.get("reason"), numbers)

    def due(self, fact: dict[str, Any], key: str) -> list[Document]:
        """What order.refund_due tells. Nothing twice: what is due now counts, less what is under way."""
        def decide(order: dict[str, Any] | None, known: list[Document]) -> list[Document]:
            return self._due_of(order, known, fact, key) if order is not None and fact.get("amount") else []
        return self._decide(fact["event_id"], fact["order_id"], key, decide)

    def _due_of(self, order: dict[str, Any], known: list[Document], fact: dict[str, Any], key: str) -> list[Document]:
        amount, reason = Money.of(fact["amount"]), fact.get("reason")
        if amount.currency != order["total"]["currency"]:
            parts = [(fact.get("payment_id"), amount.amount)]
        else:
            due = order["refund_due"]["amount"] - orders.under_way(order, known)
            parts = self._parts(order, known, fact.get("payment_id"), min(amount.amount, due))
        return [self._refund(order, payment_id, amount.with_amount(part), key, n, reason, [])
                for n, (payment_id, part) in enumerate(parts)]

    def _decide(self, event_id: str, order_id: str, key: str,
                decide: Callable[[dict[str, Any] | None, list[Document]], list[Document]]) -> list[Document]:
        """What was planned for a request; else what is decided now, anew while another is planned at the same time."""
        planned = self._store.planned(key)
        while planned is None:
            place, known = self._store.planned_of(order_id)
            wanted = decide(self._asker.order(event_id, order_id), known)
            planned = self._store.plan(key, order_id, place, wanted) or self._store.planned(key)
        self._bell.ring()
        return planned

    def _parts(self, order: dict[str, Any], known: list[Document], payment_id: str | None,
               amount: int) -> list[tuple[str | None, int]]:
        """Which payments it is taken from; what none of ours has paid is for a person."""
        parts: list[tuple[str | None, int]] = []
        candidates = [payment_id] if payment_id else [one["payment_id"] for one in orders.paid_by(order)]
        for candidate in candidates:
            left = min(amount, orders.left_of_payment(order, candidate, known))
            if left > 0:
                parts.append((candidate, left))
                amount -= left
        if amount > 0:
            parts.append((None, amount))
        return parts

    def _refund(self, order: dict[str, Any], payment_id: str | None, amount: Money, key: str, n: int,
                reason: str | None, numbers: list[int]) -> Document:
        provider = self._provider_of(payment_id)
        by_hand = provider is None or not provider.refunds
        now = now_ms()
        return {
            "_id": f"{key}/{n}", "id": new_id("refund", now), "order_id": order["id"], "event_id": order["event_id"],
            "payment_id": payment_id, "provider": provider.name if provider else None, "amount": amount.document(),
            "tickets": [order["tickets"][number - 1]["code"] for number in numbers], "numbers": numbers,
            "reason": reason, "by_hand": by_hand,
            "status": "waiting" if by_hand or self._manual else "queued", "created_at": now, "next_at": now,
            "attempts": 0, "provider_refund": None, "failure": None,
            "traceparent": tracing.current.get()}

    def _provider_of(self, payment_id: str | None) -> Provider | None:
        payment = self._store.payment(payment_id) if payment_id else None
        return self._providers.get(payment["provider"]) if payment else None

    def _check_amount(self, payment_id: str | None, amount: Money) -> None:
        provider = self._provider_of(payment_id)
        try:
            if provider is not None:
                provider.check(amount)
        except UnsupportedAmountError:
            raise ProblemError("amount_unsupported") from None

    def approve(self, refund_id: str) -> Document:
        """Has the provider make it; of one that is made by hand it says that the money is back."""
        refund = self._waiting(refund_id, "queued", ("queued", "submitted", "succeeded"))
        if refund["status"] != "waiting":
            return refund
        if not refund["by_hand"]:
            queued = self._set(refund, {"status": "queued", "next_at": now_ms()})
            self._bell.ring()
            return queued
        self._sender.tell(told_refunded(refund))
        return self._set(refund, {"status": "succeeded"})

    def reject(self, refund_id: str, reason: str | None) -> Document:
        refund = self._waiting(refund_id, "rejected", ("rejected",))
        if refund["status"] != "waiting":
            return refund
        return self._set(refund, {"status": "rejected", "failure": reason})

    def _waiting(self, refund_id: str, to: str, done: tuple[str, ...]) -> Document:
        refund = self._store.refund(refund_id)
        if refund is None:
            raise ProblemError("not_found")
        if refund["status"] != "waiting" and refund["status"] not in done:
            raise ProblemError("illegal_transition", **{"from": refund["status"], "to": to})
        return refund

    def _set(self, refund: Document, members: Document) -> Document:
        return self._store.set_refund(refund["id"], members, among=("waiting",)) or \
            self._store.refund(refund["id"]) or refund


def _asked(order: dict[str, Any], body: dict[str, Any], known: list[Document]) -> tuple[Money, list[int]]:
    """How much, and which tickets become void, by their numbers from 1."""
    if "amount" in body:
        amount = Money.of(body["amount"])
        if amount.currency != order["total"]["currency"]:
            raise invalid([violation("not_of_order", "#/amount/currency")])
        return amount, []
    numbers = _named(order, body["tickets"]) if body.get("tickets") else None
    taken = orders.being_refunded(order, known)
    if numbers is None:
        numbers = [number for number, ticket in enumerate(order.get("tickets", ()), 1)
                   if ticket["status"] != "void" and number not in taken]
    tickets = [order["tickets"][number - 1] for number in numbers]
    used = orders.used(order, [ticket["code"] for ticket in tickets])
    if used:
        raise ProblemError("checked_in", tickets=used)
    if any(ticket["status"] == "void" for ticket in tickets):
        raise ProblemError("illegal_transition", **{"from": "void", "to": "refunded"})
    if not tickets or taken.intersection(numbers):
        raise ProblemError("illegal_transition", **{"from": "being_refunded" if taken else order["status"],
                                                    "to": "refunded"})
    return orders.total(order).with_amount(sum(orders.price(order, ticket) for ticket in tickets)), numbers


def _named(order: dict[str, Any], codes: list[str]) -> list[int]:
    numbers = {ticket["code"]: number for number, ticket in enumerate(order.get("tickets", ()), 1)}
    unknown = [violation("unknown_ticket", f"#/tickets/{n}") for n, code in enumerate(codes) if code not in numbers]
    if unknown:
        raise invalid(unknown)
    return [numbers[code] for code in codes]


def _ours(refund: Document) -> Ours:
    return Ours(refund["payment_id"] or refund["id"], refund["order_id"], refund["event_id"])


def told_refunded(refund: Document) -> Outcome:
    return refunded(_ours(refund), refund["id"], Money.of(refund["amount"]), refund["tickets"])


def told_failed(refund: Document, reason: str) -> Outcome:
    return refund_failed(_ours(refund), refund["id"], Money.of(refund["amount"]), reason)


def shown(refund: Document) -> dict[str, Any]:
    body = {name: refund[name] for name in ("id", "event_id", "order_id", "payment_id", "provider", "status", "amount",
                                            "by_hand", "reason", "provider_refund", "failure")}
    body["created_at"] = to_text(refund["created_at"])
    body["tickets"] = len(refund["tickets"])
    return {name: value for name, value in body.items() if value is not None}


class Pace:
    """So many a minute, and at most a second's worth of them at once. Times are the caller's, in seconds."""

    def __init__(self, per_minute: int, now: float = 0.0) -> None:
        self._a_second = per_minute / 60
        self._most = max(1.0, self._a_second)
        self._left = self._most
        self._at = now
        self.lock = threading.Lock()  # held from the question to the taking

    def is_open(self, now: float) -> bool:
        """Whether one more may begin now."""
        self._left = min(self._most, self._left + max(0.0, now - self._at) * self._a_second)
        self._at = now
        return self._left >= 1

    def take(self) -> None:
        self._left -= 1


def pause_ms(attempts: int) -> int:
    """Before the next attempt: twice the last."""
    return int(min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(attempts - 1, 20)))


class RefundWorker:
    """Makes what is queued, at the provider's pace. One for each thread of work."""

    def __init__(self, store: Store, sender: Sender, providers: dict[str, Provider], pace: Pace, log: Log) -> None:
        self._store = store
        self._sender = sender
        self._providers = providers
        self._pace = pace
        self._log = log

    def run_one(self) -> bool:
        """False: nothing is due. Raises UnavailableError; the claim ends by itself then."""
        refund = self._claim()
        if refund is None:
            return False
        with tracing.working_for(refund.get("traceparent")):
            self._make(refund)
        return True

    def _make(self, refund: Document) -> None:
        provider = self._providers.get(refund["provider"] or "")
        payment = self._store.payment(refund["payment_id"])
        if provider is None or payment is None:
            self._later(refund, "provider_unavailable", SLOW_PAUSE_MS)
            return
        try:
            state = provider.refund(payment, refund, seen=refund["attempts"] > 1)
        except AskAgainError as error:
            self._later(refund, str(error), SLOW_PAUSE_MS if error.slowly else pause_ms(refund["attempts"]))
        except (RefusedError, UnsupportedAmountError) as error:
            self._failed(refund, str(error))
        else:
            self._made(refund, state.status, state.provider_refund, state.reason)

    def _claim(self) -> Document | None:
        with self._pace.lock:
            if not self._pace.is_open(time.monotonic()):
                return None
            now = now_ms()
            refund = self._store.claim_refund(now, now + CLAIM_MS)
            if refund is not None:
                self._pace.take()
            return refund

    def _later(self, refund: Document, reason: str, pause: int) -> None:
        self._log.warning("refund.again", refund_id=refund["id"], attempts=refund["attempts"], code=reason)
        self._store.set_refund(refund["id"], {"next_at": now_ms() + pause, "failure": reason}, among=("queued",))

    def _failed(self, refund: Document, reason: str) -> None:
        self._log.error("refund.failed", refund_id=refund["id"], code=reason)
        self._sender.tell(told_failed(refund, reason))
        self._store.set_refund(refund["id"], {"status": "failed", "failure": reason}, among=("queued", "submitted"))

    def _made(self, refund: Document, status: str, provider_refund: str, reason: str | None) -> None:
        members = {"provider_refund": provider_refund, "failure": None}
        if status == "failed":
            self._store.set_refund(refund["id"], members, among=("queued",))
            self._failed(refund, reason or "failed")
            return
        if status == "succeeded":
            self._sender.tell(told_refunded(refund))
        done = "succeeded" if status == "succeeded" else "submitted"
        self._store.set_refund(refund["id"], {**members, "status": done}, among=("queued", "submitted"))
