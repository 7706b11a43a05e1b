"""The routes: one table, from which follow serving, scopes, checks and the OpenAPI document."""

import functools
from collections.abc import Callable
from typing import Any

from . import bodies, checkout, openapi, pages, refunds
from .answers import REFUND_STATES
from .bus import UnavailableError
from .ids import is_id
from .money import Money
from .problems import ProblemError
from .providers import AskAgainError
from .providers.transfer import read_reference
from .reconciliation import compare
from .route import Call, Query, Result, Route
from .store import Document
from .times import now_ms, to_text

LIMIT_DEFAULT, LIMIT_MAX = 50, 500


def _checkout(call: Call) -> Result:
    status, body = call.parts.checkout.pay(call.ids["event_id"], call.ids["order_id"], call.body)
    address = f"/v1/events/{call.ids['event_id']}/orders/{call.ids['order_id']}/payments"
    return Result(status, body, address if status == 201 else None, order_id=call.ids["order_id"])


def _payments(call: Call) -> Result:
    event_id, order_id = call.ids["event_id"], call.ids["order_id"]
    found = [payment for payment in call.parts.store.payments_of(order_id) if payment["event_id"] == event_id]
    if not found and call.parts.asker.order(event_id, order_id) is None:
        raise ProblemError("not_found")
    return Result(200, {"items": [checkout.listed(payment) for payment in found], "next": None})


def _ask_refund(call: Call) -> Result:
    refund = call.parts.refunds.ask(call.ids["event_id"], call.ids["order_id"], call.body, f"rest/{call.command_id}")
    return Result(201, refunds.shown(refund), f"/v1/refunds/{refund['id']}", order_id=refund["order_id"])


def _order_refunds(call: Call) -> Result:
    event_id, order_id = call.ids["event_id"], call.ids["order_id"]
    found = [refund for refund in call.parts.store.refunds_of(order_id) if refund["event_id"] == event_id]
    if not found and call.parts.asker.order(event_id, order_id) is None:
        raise ProblemError("not_found")
    return Result(200, {"items": [refunds.shown(refund) for refund in found], "next": None})


def _parameter(name: str, code: str) -> ProblemError:
    detail = {"not_allowed": "This value is not allowed.", "unknown": "There is no such parameter."}[code]
    return ProblemError("validation_failed", errors=[{
        "parameter": name, "code": "not_allowed" if code == "not_allowed" else "unknown_member", "detail": detail}])


def _refunds(call: Call) -> Result:
    query: dict[str, Any] = {}
    if (status := call.query.get("status")) is not None:
        if status not in REFUND_STATES:
            raise _parameter("status", "not_allowed")
        query["status"] = status
    for name in ("order_id", "event_id"):
        if name in call.query:
            query[name] = call.query[name]
    limit = call.query.get("limit", str(LIMIT_DEFAULT))
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= LIMIT_MAX:
        raise _parameter("limit", "not_allowed")
    cursor = call.query.get("cursor")
    if cursor is not None and not (is_id("refund", cursor) or cursor.startswith("re_")):
        raise _parameter("cursor", "not_allowed")
    found = call.parts.store.list_refunds(query, cursor, int(limit) + 1)
    page = found[:int(limit)]
    return Result(200, {"items": [refunds.shown(refund) for refund in page],
                        "next": page[-1]["id"] if len(found) > len(page) else None})


def _refund(call: Call) -> Result:
    refund = call.parts.store.refund(call.ids["refund_id"])
    if refund is None:
        raise ProblemError("not_found")
    return Result(200, refunds.shown(refund))


def _approve(call: Call) -> Result:
    return _decided(call.parts.refunds.approve(call.ids["refund_id"]))


def _reject(call: Call) -> Result:
    return _decided(call.parts.refunds.reject(call.ids["refund_id"], call.body.get("reason")))


def _decided(refund: Document) -> Result:
    return Result(200, refunds.shown(refund), order_id=refund["order_id"])


def _received(call: Call) -> Result:
    reference = read_reference(call.ids["reference"])
    if reference is None:
        raise ProblemError("not_found")
    amount = Money.of(call.body["amount"]) if "amount" in call.body else None
    payment, outcome = checkout.receive(call.parts.store, reference, amount)
    call.parts.sender.tell(outcome)
    return Result(200, {**checkout.listed(payment), "received": Money.of(payment["received"]).document()},
                  order_id=payment["order_id"])


def _webhook(call: Call) -> Result:
    call.parts.webhooks.take(call.raw, call.headers.get("Stripe-Signature"))
    return Result(200, {"received": True})


def _reconciliation(call: Call) -> Result:
    event_id = call.ids["event_id"]
    order_list = call.parts.asker.orders(event_id)
    try:
        found = list(call.parts.card.payments_of_event(event_id)) if call.parts.card else []
    except AskAgainError:
        raise ProblemError("unavailable") from None
    books = compare(found, order_list, call.parts.store.payments_of_event(event_id),
                    call.parts.store.refunds_of_event(event_id))
    return Result(200, {"event_id": event_id, "as_of": to_text(now_ms()), **books})


def _live(_: Call) -> Result:
    return Result(200, {"status": "ok"})


def _ready(call: Call) -> Result:
    checks = [_check("kafka", call.parts.sender.check if call.parts.asker.ready else _not_assigned),
              _check("database", call.parts.store.ping)]
    ready = all(check["ok"] for check in checks)
    return Result(200 if ready else 503, {"status": "ok" if ready else "unavailable", "checks": checks})


def _not_assigned() -> None:
    raise UnavailableError("replies are not read yet")


def _check(name: str, look: Callable[[], None]) -> dict[str, Any]:
    try:
        look()
    except UnavailableError as error:
        return {"name": name, "ok": False, "reason": str(error)}
    return {"name": name, "ok": True}


def _metrics(call: Call) -> Result:
    return Result(200, call.parts.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


_DONE_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Thank you</title>
<style>body { max-width: 28rem; margin: 3rem auto; padding: 0 1rem; font: 1.125rem/1.5 system-ui, sans-serif }</style>
<h1>Thank you</h1>
<p>If you have paid, your tickets come by mail.</p>
</html>
"""


def _done(_: Call) -> Result:
    return Result(200, _DONE_PAGE.encode(), content_type="text/html; charset=utf-8")


def _openapi(call: Call) -> Result:
    return Result(200, _described(call))


def _described(call: Call) -> dict[str, Any]:
    """As it is served here."""
    return _made(call.parts.keys is not None, call.parts.settings.metrics_key_required == 1)


@functools.cache
def _made(with_keys: bool, guards_metrics: bool) -> dict[str, Any]:
    """Once: whoever reaches the service may ask for it, without a key."""
    return openapi.document(ROUTES, with_keys, guards_metrics)


# Nothing is loaded from elsewhere, whatever the script or the document say.
_POLICY = ("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
           "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "
           "form-action 'none'; frame-ancestors 'none'")


def _docs(call: Call) -> Result:
    text = pages.viewer_page() if call.parts.viewer else pages.page(_described(call))
    return Result(200, text.encode(), content_type="text/html; charset=utf-8", headers=(_POLICY,))


def _viewer(call: Call) -> Result:
    if not call.parts.viewer:
        raise ProblemError("not_found")
    return Result(200, call.parts.viewer, content_type="text/javascript; charset=utf-8",
                  headers=(_POLICY, ("Cache-Control", "max-age=3600")))


_ORDER = "/v1/events/{event_id}/orders/{order_id}"

_LISTED = (
    Query("status", "Only those of this status.", {"type": "string", "enum": list(REFUND_STATES)}),
    Query("event_id", "Only those of this event."), Query("order_id", "Only those of this order."),
    Query("limit", f"Items a page; {LIMIT_DEFAULT} if not given.",
          {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX}),
    Query("cursor", "The `next` of the previous page.", {"type": "string", "minLength": 1}))
_ASKS = ("outcome_unknown", "overloaded")  # of what asks db-svc

ROUTES = (
    Route("POST", f"{_ORDER}/checkout", "order.checkout", "Begin the payment of a held order; one a hold.",
          _checkout, ("sell", "hold"), bodies.CHECKOUT, (201, 200), tag="payments", answer="checkout",
          problems=("already_paid", "hold_expired", "illegal_transition", "amount_unsupported", "provider_unavailable",
                    *_ASKS),
          description="Asked again for the same hold it is 200 and the same payment. An order whose total is 0 is "
          "confirmed, with provider none."),
    Route("GET", f"{_ORDER}/payments", "payment.list", "The payments of an order.", _payments, ("sell", "read"),
          tag="payments", answer="payment_page", problems=_ASKS, description="With their failures and disputes."),
    Route("POST", f"{_ORDER}/refunds", "refund.ask", "Ask for money to be given back: an amount, the price of some "
          "tickets, or of all that are left.", _ask_refund, ("sell",), bodies.REFUND, (201,), tag="refunds",
          answer="refund",
          problems=("checked_in", "illegal_transition", "limit_exceeded", "amount_unsupported", *_ASKS),
          description="Tickets become void; an amount leaves them as they are."),
    Route("GET", f"{_ORDER}/refunds", "order_refund.list", "The refunds of an order.", _order_refunds,
          ("sell", "read"), tag="refunds", answer="refund_page", problems=_ASKS,
          description="Also those that were made on the provider's own page."),
    Route("GET", "/v1/events/{event_id}/payments/reconciliation", "reconciliation.get",
          "Whether the provider's payments, the orders and the refunds of an event say the same.", _reconciliation,
          ("read",), tag="payments", answer="reconciliation", problems=_ASKS,
          description="The provider's search is some moments behind: look again before you act."),
    Route("GET", "/v1/refunds", "refund.list", "Refunds; with status=waiting those that wait for a person.", _refunds,
          ("read",), queries=_LISTED, tag="refunds", answer="refund_page", description="Of all events, by their ids."),
    Route("GET", "/v1/refunds/{refund_id}", "refund.get", "One refund.", _refund, ("read",), tag="refunds",
          answer="refund"),
    Route("POST", "/v1/refunds/{refund_id}/approve", "refund.approve", "Let a refund be made; of one by hand: it has "
          "been made.", _approve, ("admin",), bodies.NOTHING, tag="refunds", answer="refund",
          problems=("illegal_transition",), description="One that was approved already stays as it is."),
    Route("POST", "/v1/refunds/{refund_id}/reject", "refund.reject", "Do not make a refund.", _reject, ("admin",),
          bodies.REJECTION, tag="refunds", answer="refund", problems=("illegal_transition",),
          description="The amount may be asked for again."),
    Route("POST", "/v1/transfers/{reference}/received", "transfer.received", "Say that a bank transfer has come.",
          _received, ("admin",), bodies.RECEIVED, tag="callbacks", answer="payment",
          description="What is said first stays."),
    Route("POST", "/v1/webhooks/stripe", "webhook.take", "Take a signed event of the card provider.", _webhook,
          tag="callbacks", answer="webhook_taken",
          problems=("invalid_json", "invalid_signature", "wrong_mode", "webhooks_off"),
          headers=(("Stripe-Signature", "The provider's signature of the body, with its time."),),
          takes={"type": "object", "description": "An event, as the provider signs it."},
          description="Answered once Kafka has what it tells."),
    Route("GET", "/v1/checkout/done", "checkout.done", "A page for buyers who come back.", _done,
          content_type="text/html", tag="payments", description="It says nothing of the order."),
    Route("GET", "/livez", "live.get", "Whether the process serves.", _live, answer="health"),
    Route("GET", "/healthz", "health.get", "The same.", _live, answer="health"),
    Route("GET", "/readyz", "ready.get", "Whether it can do its work.", _ready, statuses=(200, 503), answer="health"),
    Route("GET", "/metrics", "metrics.get", "Metrics, as Prometheus reads them.", _metrics, guarded=True,
          content_type="text/plain"),
    Route("GET", "/openapi.json", "openapi.get", "This document.", _openapi, guarded=True, answer="document"),
    Route("GET", "/docs", "docs.get", "This document, for people.", _docs, guarded=True, content_type="text/html"),
    Route("GET", "/docs/redoc.standalone.js", "docs_viewer.get", "The script of that page.", _viewer, guarded=True,
          content_type="text/javascript"),
)
