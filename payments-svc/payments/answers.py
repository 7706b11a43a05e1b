"""What requests are answered with, as JSON Schema: named schemas, each member described, with an example.

Answers may get new members, so that none of these schemas is closed.
"""

from typing import Any

from .bodies import AMOUNT_MAX

Schema = dict[str, Any]

_DIGITS = "[0-7][0-9a-hjkmnp-tv-z]{25}"


def id_of(prefix: str, description: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_{_DIGITS}$", "description": description}


def reference(name: str, description: str | None = None) -> Schema:
    return {"$ref": f"#/components/schemas/{name}", **({"description": description} if description else {})}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _time(description: str) -> Schema:
    return {"type": "string", "format": "date-time", "description": description}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def _choice(description: str, *values: str) -> Schema:
    return {"type": "string", "enum": list(values), "description": description}


def _list(of: Schema, description: str) -> Schema:
    return {"type": "array", "items": of, "description": description}


def _record(description: str, members: dict[str, Schema], optional: tuple[str, ...] = (),
            example: Any = None) -> Schema:
    schema = {"type": "object", "description": description, "properties": members,
              "required": [name for name in members if name not in optional]}
    return {**schema, "examples": [example]} if example is not None else schema


def _page(name: str, what: str) -> Schema:
    return _record(f"A page of {what}.", {
        "items": _list(reference(name), "The items of this page."),
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: this is the last."}})


EVENT, ORDER = "event_01jz3w4v9he8qb2m5x7k6d0c1n", "order_01jz3w5c2rfmzv8t4e6y9k3h7p"
PAYMENT, REFUND = "payment_01jz3w5m8vf6rs2d0q4x7n9b3k", "refund_01jz3w7f1ae5wt9c6g2j8m4z0y"
EUROS = {"amount": 5000, "currency": "EUR"}

_PAYMENT_STATES = ("creating", "open", "succeeded", "expired", "abandoned")
REFUND_STATES = ("waiting", "queued", "submitted", "succeeded", "failed", "rejected")
_EVENT, _ORDER = id_of("event", "The event."), id_of("order", "The order.")
_PROVIDER_ID = _text("The payment, as the provider calls it.")
_STATUS = _choice("creating: its beginning is under way; open: it can be paid; succeeded; expired: its time is over; "
                  "abandoned: the provider has not begun it.", *_PAYMENT_STATES)
_AMOUNT = reference("money", "The amount.")

SCHEMAS: dict[str, Schema] = {
    "money": _record("An amount of money.", {
        "amount": {"type": "integer", "minimum": 0, "maximum": AMOUNT_MAX,
                   "description": "In minor units of the currency: cents of EUR."},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "By ISO 4217, such as EUR."}},
        example=EUROS),
    "checkout": _record("A payment that has begun, and what the buyer needs to pay.", {
        "payment_id": {"type": ["string", "null"], "description": "The payment; null: an order without a price needs "
                       "none."},
        "order_id": _ORDER,
        "provider": _choice("The provider: stripe takes cards; transfer is a bank transfer; none takes no money.",
                            "stripe", "transfer", "none"),
        "status": _STATUS, "amount": _AMOUNT,
        "expires_at": _time("Until when it can be paid."),
        "url": _text("The page on which the buyer pays."),
        "client_secret": _text("What a form in a page of yours needs, with embedded."),
        "reference": _text("What the buyer writes on the transfer, by ISO 11649."),
        "account": _text("The account that the buyer transfers to.")},
        ("expires_at", "url", "client_secret", "reference", "account"),
        {"payment_id": PAYMENT, "order_id": ORDER, "provider": "stripe", "status": "open", "amount": EUROS,
         "expires_at": "2027-03-01T18:30:00.000Z", "url": "https://checkout.stripe.com/c/pay/cs_live_a1b2c3"}),
    "payment_failure": _record("An attempt to pay that failed.", {
        "id": _text("The attempt, as the provider calls it."), "reason": _text("The provider's reason."),
        "at": _time("The time at which it became known.")}, ("reason",)),
    "payment_dispute": _record("The buyer's bank demands money back.", {
        "id": _text("The dispute, as the provider calls it."), "reason": _text("The bank's reason."),
        "amount": _AMOUNT, "at": _time("The time at which it became known.")}, ("reason",)),
    "payment": _record("A payment.", {
        "payment_id": id_of("payment", "The payment."), "order_id": _ORDER,
        "provider": _choice("The provider.", "stripe", "transfer"), "provider_payment": _PROVIDER_ID,
        "reference": _text("What the buyer writes on the transfer, by ISO 11649."),
        "status": _STATUS, "amount": _AMOUNT, "created_at": _time("When it began."),
        "expires_at": _time("Until when it can be paid."),
        "failures": _list(reference("payment_failure"), "The attempts that failed."),
        "disputes": _list(reference("payment_dispute"), "The disputes."),
        "received": reference("money", "The amount that came by transfer.")},
        ("provider_payment", "reference", "failures", "disputes", "received"),
        {"payment_id": PAYMENT, "order_id": ORDER, "provider": "stripe", "provider_payment": "pi_3Qx7Yt2eZvKYlo2C",
         "status": "succeeded", "amount": EUROS, "created_at": "2027-03-01T18:00:00.000Z",
         "expires_at": "2027-03-01T18:30:00.000Z",
         "failures": [{"id": "ch_3Qx7Yt2eZvKYlo2C0", "reason": "card_declined", "at": "2027-03-01T18:02:00.000Z"}]}),
    "payment_page": _page("payment", "payments"),
    "refund": _record("A refund.", {
        "id": _text("The refund; one that was made at the provider's own page has the provider's id."),
        "event_id": _EVENT, "order_id": _ORDER,
        "payment_id": _text("The payment that it gives back."), "provider": _choice("The provider of the payment.",
                                                                                   "stripe", "transfer"),
        "status": _choice("waiting: for a person; queued: to be made; submitted: the provider has not finished; "
                          "succeeded; failed; rejected.", *REFUND_STATES),
        "amount": _AMOUNT,
        "by_hand": _flag("Whether a person must give the money back and approve the refund afterwards."),
        "reason": _text("The reason, as given."), "provider_refund": _text("The refund, as the provider calls it."),
        "failure": _text("Why it failed or was rejected."), "created_at": _time("When it was asked for."),
        "tickets": _count("How many tickets it is the price of; 0: an amount.")},
        ("event_id", "payment_id", "provider", "reason", "provider_refund", "failure"),
        {"id": REFUND, "event_id": EVENT, "order_id": ORDER, "payment_id": PAYMENT, "provider": "stripe",
         "status": "queued", "amount": EUROS, "by_hand": False, "reason": "The seats were taken.",
         "created_at": "2027-03-02T09:00:00.000Z", "tickets": 2}),
    "refund_page": _page("refund", "refunds"),
    "webhook_taken": _record("The event was taken.", {"received": _flag("Always true.")}, example={"received": True}),
    "books_of_provider": _record("The provider's side.", {
        "payments": _count("How many payments succeeded."),
        "paid": _list(reference("money"), "The sums that were paid, one a currency."),
        "refunded": _list(reference("money"), "The sums that were given back, one a currency.")}),
    "books_of_orders": _record("The orders' side.", {
        "payments": _count("How many payments succeeded."),
        "paid": _list(reference("money"), "The sums that were paid, one a currency."),
        "refunded": _list(reference("money"), "The sums that were given back, one a currency."),
        "refund_due": _list(reference("money"), "The sums that are still to be given back, one a currency.")}),
    "books_difference": _record("A payment, order or refund on which the sides differ.", {
        "why": _choice("What differs.", "payment_not_told", "amount_differs", "payment_unknown_to_provider",
                       "order_unknown", "refund_differs", "refund_due", "refund_waiting", "refund_failed",
                       "refund_rejected"),
        "order_id": _ORDER, "payment_id": _text("The payment."), "refund_id": _text("The refund."),
        "provider": reference("money", "The amount at the provider."),
        "order": reference("money", "The amount that the order shows."), "reason": _text("The reason.")},
        ("payment_id", "refund_id", "provider", "order", "reason")),
    "reconciliation": _record("The books of an event, compared.", {
        "event_id": _EVENT, "as_of": _time("The time at which this was so."),
        "agrees": _flag("Whether there is no difference."),
        "provider": reference("books_of_provider", "The provider's side."),
        "orders": reference("books_of_orders", "The orders' side."),
        "refunds": {"type": "object", "additionalProperties": {"type": "integer"},
                    "description": "The numbers of refunds by status."},
        "differences": _list(reference("books_difference"), "The differences; empty if all of it agrees.")},
        example={
            "event_id": EVENT, "as_of": "2027-03-02T09:00:00.000Z", "agrees": True,
            "provider": {"payments": 1, "paid": [EUROS], "refunded": []},
            "orders": {"payments": 1, "paid": [EUROS], "refunded": [{"amount": 0, "currency": "EUR"}],
                       "refund_due": [{"amount": 0, "currency": "EUR"}]},
            "refunds": {}, "differences": []}),
    "health": _record("The health of the service.", {
        "status": _choice("ok, or why not.", "ok", "unavailable"),
        "checks": _list(reference("health_check"), "Every part that it needs.")}, ("checks",),
        {"status": "ok", "checks": [{"name": "kafka", "ok": True}, {"name": "database", "ok": True}]}),
    "health_check": _record("One part that the service needs.", {
        "name": _text("The part."), "ok": _flag("Whether it answers."), "reason": _text("Why it does not.")},
        ("reason",)),
    "document": {"type": "object", "description": "An OpenAPI 3.1 document."},
}
