"""What an order, as db-svc shows it, means for its payments."""

from typing import Any

from .money import Money
from .problems import ProblemError
from .store import UNDER_WAY, Document
from .times import from_text


def require_payable(order: dict[str, Any], now: int) -> None:
    """Raises the problem that says why it cannot be paid."""
    status = order["status"]
    if status in ("paid", "refunded", "paid_unfulfilled"):
        raise ProblemError("already_paid")
    if status == "expired" or (status == "held" and from_text(order["expires_at"]) <= now):
        raise ProblemError("hold_expired")
    if status != "held":
        raise ProblemError("illegal_transition", **{"from": status, "to": "paid"})


def total(order: dict[str, Any]) -> Money:
    return Money.of(order["total"])


def used(order: dict[str, Any], codes: list[str]) -> list[dict[str, Any]]:
    """Which of the tickets with these codes were used, when and where; by their numbers, since codes admit."""
    return [{"n": n, **{name: ticket[name] for name in ("checked_in_at", "gate") if name in ticket}}
            for n, ticket in enumerate(order.get("tickets", ()), start=1)
            if ticket["status"] == "checked_in" and ticket["code"] in codes]


def paid_by(order: dict[str, Any]) -> list[dict[str, Any]]:
    """The payments that succeeded, those that are given back anyway last."""
    succeeded = [one for one in order.get("payments", ()) if one["status"] == "succeeded"]
    return sorted(succeeded, key=lambda one: bool(one.get("reason")))


def recorded_refunds(order: dict[str, Any]) -> set[str]:
    """The ids of the refunds that db-svc has counted."""
    return {one["refund_id"] for one in order.get("payments", ())
            if one["status"] == "refunded" and one.get("refund_id")}


def _under_way(order: dict[str, Any], refunds: list[Document]) -> list[Document]:
    """Those of which db-svc does not know that the money has come."""
    recorded = recorded_refunds(order)
    return [refund for refund in refunds
            if refund["id"] not in recorded and refund["status"] in (*UNDER_WAY, "succeeded")]


def under_way(order: dict[str, Any], refunds: list[Document]) -> int:
    """How much of the order's money is on its way back, and db-svc does not know that it has come."""
    return sum(refund["amount"]["amount"] for refund in _under_way(order, refunds)
               if refund["amount"]["currency"] == order["total"]["currency"])


def being_refunded(order: dict[str, Any], refunds: list[Document]) -> set[int]:
    """The tickets whose money is on its way back, by their numbers from 1: a code may be another by then."""
    mine = _under_way(order, refunds)
    # Refunds that an older release planned have codes alone.
    codes = {code for refund in mine if "numbers" not in refund for code in refund["tickets"]}
    return {number for refund in mine for number in refund.get("numbers", ())} | {
        number for number, ticket in enumerate(order.get("tickets", ()), 1) if ticket["code"] in codes}


def left_of_payment(order: dict[str, Any], payment_id: str, refunds: list[Document]) -> int:
    """What of a payment has neither been given back nor is on its way."""
    paid = sum(one["amount"]["amount"] for one in order.get("payments", ())
               if one["status"] == "succeeded" and one["payment_id"] == payment_id)
    recorded = {one.get("refund_id") or one["payment_id"]: one["amount"]["amount"]
                for one in order.get("payments", ())
                if one["status"] == "refunded" and one["payment_id"] == payment_id}
    failed = {one.get("refund_id") for one in order.get("payments", ()) if one["status"] == "refund_failed"}
    back = sum(amount for refund_id, amount in recorded.items() if refund_id not in failed)
    ours = sum(refund["amount"]["amount"] for refund in refunds
               if refund["payment_id"] == payment_id and refund["id"] not in recorded
               and refund["status"] in (*UNDER_WAY, "succeeded"))
    return int(max(0, paid - back - ours))


def price(order: dict[str, Any], ticket: dict[str, Any]) -> int:
    return next((int(item["unit_price"]["amount"]) for item in order["items"]
                 if item["ticket_type_id"] == ticket["ticket_type_id"]), 0)
