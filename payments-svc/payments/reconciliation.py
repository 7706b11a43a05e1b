"""Compares the books of an event: what the provider has, what the orders say, and what is to be refunded."""

from collections.abc import Iterable
from typing import Any

from . import orders
from .money import Money
from .store import Document


def compare(found: Iterable[dict[str, Any]], order_list: list[dict[str, Any]], payments: list[Document],
            refunds: list[Document]) -> dict[str, Any]:
    """Sums of each side, and every payment, order or refund on which they differ, and why."""
    at_provider = {one["payment_id"]: one for one in found if one["succeeded"]}
    by_order = {order["id"]: order for order in order_list}
    known = {payment["id"]: payment for payment in payments}
    differences = [*_payments(at_provider, by_order), *_orders(at_provider, by_order, known),
                   *_refunded(at_provider, by_order), *_due(by_order, refunds)]
    return {
        "agrees": not differences,
        "provider": {"payments": len(at_provider), **_sums(at_provider.values())},
        "orders": {"payments": sum(len(_ids(order, "succeeded")) for order in order_list),
                   "paid": _total(order["paid"] for order in order_list),
                   "refunded": _total(order["refunded"] for order in order_list),
                   "refund_due": _total(order["refund_due"] for order in order_list)},
        "refunds": {status: sum(refund["status"] == status for refund in refunds)
                    for status in sorted({refund["status"] for refund in refunds})},
        "differences": differences}


def _difference(why: str, order_id: str, **more: Any) -> dict[str, Any]:
    return {"why": why, "order_id": order_id, **{name: value for name, value in more.items() if value is not None}}


def _payments(at_provider: dict[str, dict[str, Any]], by_order: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The provider has money of which the order does not know, or another amount."""
    differences = []
    for payment_id, one in at_provider.items():
        order = by_order.get(one["order_id"])
        said = _payment(order, payment_id, "succeeded") if order else None
        money = one["amount"].document()
        if order is None:
            differences.append(_difference("order_unknown", one["order_id"], payment_id=payment_id, provider=money))
        elif said is None:
            differences.append(_difference("payment_not_told", order["id"], payment_id=payment_id, provider=money))
        elif said["amount"] != money:
            differences.append(_difference("amount_differs", order["id"], payment_id=payment_id, provider=money,
                                           order=said["amount"]))
    return differences


def _orders(at_provider: dict[str, dict[str, Any]], by_order: dict[str, dict[str, Any]],
            known: dict[str, Document]) -> list[dict[str, Any]]:
    """An order says that it was paid by a card, and the provider has no such payment."""
    return [_difference("payment_unknown_to_provider", order["id"], payment_id=payment_id)
            for order in by_order.values() for payment_id in _ids(order, "succeeded")
            if payment_id not in at_provider and payment_id in known and known[payment_id]["provider"] == "stripe"]


def _refunded(at_provider: dict[str, dict[str, Any]], by_order: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    differences = []
    for payment_id, one in at_provider.items():
        order = by_order.get(one["order_id"])
        if order is None or _payment(order, payment_id, "succeeded") is None:
            continue
        said = _back(order, payment_id, one["refunded"].currency)
        if said != one["refunded"].amount:
            differences.append(_difference(
                "refund_differs", order["id"], payment_id=payment_id, provider=one["refunded"].document(),
                order=one["refunded"].with_amount(said).document()))
    return differences


def _due(by_order: dict[str, dict[str, Any]], refunds: list[Document]) -> list[dict[str, Any]]:
    """Money is due and no refund of it is under way; or one waits for a person."""
    differences = []
    for order in by_order.values():
        mine = [refund for refund in refunds if refund["order_id"] == order["id"]]
        due = order["refund_due"]["amount"]
        if due > 0 and orders.under_way(order, mine) < due:
            differences.append(_difference("refund_due", order["id"], order=order["refund_due"]))
        differences += [_difference(f"refund_{refund['status']}", order["id"], refund_id=refund["id"],
                                    payment_id=refund["payment_id"], reason=refund["failure"])
                        for refund in mine if refund["status"] in ("waiting", "failed", "rejected")]
    return differences


def _payment(order: dict[str, Any] | None, payment_id: str, status: str) -> dict[str, Any] | None:
    said = order.get("payments", ()) if order else ()
    return next((one for one in said if one["payment_id"] == payment_id and one["status"] == status), None)


def _ids(order: dict[str, Any], status: str) -> list[str]:
    return [one["payment_id"] for one in order.get("payments", ()) if one["status"] == status]


def _back(order: dict[str, Any], payment_id: str, currency: str) -> int:
    failed = {one.get("refund_id") for one in order.get("payments", ()) if one["status"] == "refund_failed"}
    return sum(one["amount"]["amount"] for one in order.get("payments", ())
               if one["payment_id"] == payment_id and one["status"] == "refunded"
               and one["amount"]["currency"] == currency and (one.get("refund_id") or "") not in failed)


def _sums(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    listed = list(found)
    return {"paid": _total(one["amount"].document() for one in listed),
            "refunded": _total(one["refunded"].document() for one in listed)}


def _total(amounts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One sum a currency."""
    sums: dict[str, int] = {}
    for amount in amounts:
        sums[amount["currency"]] = sums.get(amount["currency"], 0) + amount["amount"]
    return [Money(total, currency).document() for currency, total in sorted(sums.items())]
