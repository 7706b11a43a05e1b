"""From a hold to a payment and tickets: payments-svc between buyers, the card provider and db-svc."""

import json
import os
import secrets
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pymongo
import pytest
import requests

from support import (created, eventually, faults, new_event, new_ticket_type, on_sale, order_body, path, problem_of,
                     stock_of)
from support.paying import checkout, eventually_is, healed, hold, order_of, paid_order, restarted_with, statuses  # noqa: F401
from support.provider import DECLINED

WEBHOOKS = int(os.environ.get("PAYMENTS_WEBHOOKS", "200"))  # of one payment, at once


# Paying

def test_a_hold_is_paid_and_gets_its_tickets(sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind, 2)
    address = path(event, "orders", held, "checkout")
    answer = payments.post(address, idempotency_key=f"pay-{held['id']}")
    paying = created(answer)
    assert (paying["provider"], paying["amount"]) == ("stripe", held["total"])
    assert answer.headers["Location"] == path(event, "orders", held, "payments")
    again = payments.post(address)
    assert (again.status_code, again.json()["payment_id"], again.json()["url"]) == (
        200, paying["payment_id"], paying["url"])
    repeated = payments.post(address, idempotency_key=f"pay-{held['id']}")
    assert (repeated.status_code, repeated.content) == (201, answer.content)
    assert provider.pay(paying) is None
    paid = eventually_is(tickets, event, held, "paid")
    assert len(paid["tickets"]) == 2
    assert [one["payment_id"] for one in paid["payments"]] == [paying["payment_id"]]
    problem_of(payments.post(address), 409, "already_paid")
    eventually(lambda: payments.get(path(event, "orders", held, "payments")).json()["items"][0]["status"] == "succeeded")
    assert stock_of(tickets, event, kind) == (100, 2, 0, 98)


def test_a_declined_card_is_followed_by_another_under_the_same_payment(sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind)
    paying = checkout(payments, event, held)
    assert provider.pay(paying, DECLINED) == "generic_decline"
    eventually(lambda: statuses(order_of(tickets, event, held)) == ["failed"])
    assert order_of(tickets, event, held)["status"] == "held"
    assert provider.pay(paying) is None
    paid = eventually_is(tickets, event, held, "paid")
    assert statuses(paid) == ["failed", "succeeded"]
    assert {one["payment_id"] for one in paid["payments"]} == {paying["payment_id"]}
    assert paid["payments"][0]["reason"] == "generic_decline"


def test_a_declined_card_is_followed_by_another_payment_and_the_first_can_no_longer_be_paid(
        sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind)
    card = checkout(payments, event, held)
    provider.pay(card, DECLINED)
    transfer = checkout(payments, event, held, provider="transfer")
    assert transfer["payment_id"] != card["payment_id"] and transfer["account"]
    received = payments.post(f"/v1/transfers/{transfer['reference'].lower()}/received")
    assert received.status_code == 200, received.text
    paid = eventually_is(tickets, event, held, "paid")
    assert paid["payments"][-1]["payment_id"] == transfer["payment_id"]
    eventually(lambda: provider.sessions(held)[0]["status"] == "expired")
    assert provider.pay(card) == "expired"


def test_a_webhook_may_come_before_the_checkout_is_answered(sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind)
    provider.behave(early_ms=1500)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(checkout(payments, event, held)))
    waiting.start()
    [session] = eventually(lambda: provider.sessions(held))
    assert provider.pay(session) is None
    eventually_is(tickets, event, held, "paid")
    waiting.join()
    assert answers[0]["payment_id"] == order_of(tickets, event, held)["payments"][0]["payment_id"]


def test_an_outcome_is_one_message_however_often_it_is_told(sale, tickets, payments, provider, bus):
    event, kind = sale
    told = bus.follow("payments.events")
    held = hold(tickets, event, kind)
    paying = checkout(payments, event, held)
    provider.behave(webhooks="shuffled")
    assert provider.pay(paying) is None
    eventually_is(tickets, event, held, "paid")
    events = [one for one in provider.events() if one["data"]["object"]["metadata"].get("order_id") == held["id"]]
    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(lambda n: provider_webhook(payments, provider, events[n % len(events)]),
                               range(WEBHOOKS)))
    assert answers == {200}
    assert [one.header("ce_id") for one in told.drain()] == [f"succeeded/{paying['payment_id']}"]
    shown = order_of(tickets, event, held)
    assert statuses(shown) == ["succeeded"] and shown["refund_due"]["amount"] == 0


def provider_webhook(payments, provider, event):
    return provider.webhook(payments, event).status_code


def test_a_lost_webhook_is_caught_up_with(sale, tickets, payments, provider, stack):
    event, kind = sale
    held = hold(tickets, event, kind)
    paying = checkout(payments, event, held)
    provider.behave(webhooks="lost")
    assert provider.pay(paying) is None
    books = payments.get(path(event, "payments/reconciliation")).json()
    assert [(one["why"], one["payment_id"]) for one in books["differences"]] == [
        ("payment_not_told", paying["payment_id"])]
    assert order_of(tickets, event, held)["status"] == "held"
    service = stack["payments-svc"]

    def catch_up(since):
        return subprocess.run([*service.command(), "catch-up", since], env=service.environment(), check=False,
                              capture_output=True, text=True)
    done = catch_up("1h")
    assert done.returncode == 0, done.stderr
    eventually_is(tickets, event, held, "paid")
    assert payments.get(path(event, "payments/reconciliation")).json()["agrees"]
    too_long_ago = catch_up("31d")
    assert too_long_ago.returncode == 2 and "30 days" in too_long_ago.stderr


def test_a_late_payment_gets_tickets_while_there_are_some_and_else_its_money_back(db, tickets, payments, provider):
    event, kind = on_sale(db, capacity=2)
    late = []
    for _ in range(2):
        held = hold(tickets, event, kind, hold_seconds=4)
        # Extended before, so that paying takes no longer hold.
        assert tickets.post(path(event, "orders", held, "extend"), {"hold_seconds": 1}).status_code == 200
        late.append((held, checkout(payments, event, held)))
    provider.behave(webhooks="lost")
    for _, paying in late:
        assert provider.pay(paying) is None
    for held, _ in late:
        eventually_is(tickets, event, held, "expired")
    (one, _), (other, _) = late
    provider.heal()
    successes = {event_["data"]["object"]["metadata"]["order_id"]: event_
                 for event_ in provider.events("payment_intent.succeeded")}
    assert provider.webhook(payments, successes[one["id"]]).status_code == 200
    eventually_is(tickets, event, one, "paid")
    created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    assert provider.webhook(payments, successes[other["id"]]).status_code == 200
    refunded = eventually_is(tickets, event, other, "refunded", within=20)
    assert refunded["refunded"] == other["total"]
    [refund] = provider.refunds(other)
    assert (refund["amount"], refund["status"]) == (2500, "succeeded")
    assert stock_of(tickets, event, kind) == (2, 2, 0, 0)


def test_an_order_that_is_cancelled_can_no_longer_be_paid(sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind)
    paying = checkout(payments, event, held)
    assert tickets.post(path(event, "orders", held, "cancel")).status_code == 200
    eventually(lambda: provider.sessions(held)[0]["status"] == "expired")
    assert provider.pay(paying) == "expired"
    eventually(lambda: payments.get(path(event, "orders", held, "payments")).json()["items"][0]["status"] == "expired")


def test_a_hold_is_extended_once_so_that_it_can_be_paid(sale, tickets, payments):
    event, kind = sale
    held = hold(tickets, event, kind, hold_seconds=60)
    paying = checkout(payments, event, held)
    extended = order_of(tickets, event, held)
    assert extended["extended"] and extended["expires_at"] > paying["expires_at"] > held["expires_at"]
    checkout(payments, event, held)
    assert order_of(tickets, event, held)["expires_at"] == extended["expires_at"]


def test_what_costs_nothing_is_confirmed_without_a_provider(db, tickets, payments, provider):
    event, kind = on_sale(db, price={"amount": 0, "currency": "EUR"})
    held = hold(tickets, event, kind)
    answer = payments.post(path(event, "orders", held, "checkout"))
    assert (created(answer)["provider"], answer.json()["status"]) == ("none", "succeeded")
    assert order_of(tickets, event, held)["status"] == "paid"
    assert payments.post(path(event, "orders", held, "checkout")).status_code == 200
    assert provider.sessions(held) == []


@pytest.mark.parametrize(("currency", "ours", "theirs"), [("JPY", 500, 500), ("KWD", 12340, 12340), ("ISK", 700, 70000),
                                                         ("UGX", 5000, 500000)])
def test_currencies_go_by_the_providers_own_table(db, tickets, payments, provider, currency, ours, theirs):
    event = new_event(db, currency=currency)
    kind = new_ticket_type(db, event, price={"amount": ours, "currency": currency})
    paid = paid_order(tickets, payments, provider, event, kind)
    assert provider.intents(paid)[0]["amount"] == theirs
    assert paid["payments"][0]["amount"] == {"amount": ours, "currency": currency}
    some = {"amount": ours // 2 // 10 * 10, "currency": currency}
    created(payments.post(path(event, "orders", paid, "refunds"), {"amount": some}))
    assert eventually(lambda: order_of(tickets, event, paid)["refunded"] == some)


def test_a_slow_provider_that_tells_everything_twice_is_believed_once(sale, tickets, payments, provider, bus):
    event, kind = sale
    told = bus.follow("payments.events")
    provider.behave(slow_ms=400, webhooks="twice")
    paid = paid_order(tickets, payments, provider, event, kind)
    payment = paid["payments"][0]["payment_id"]
    refund = created(payments.post(path(event, "orders", paid, "refunds"), {}))
    eventually_is(tickets, event, paid, "refunded", within=20)
    assert [one.header("ce_id") for one in told.drain()] == [f"succeeded/{payment}", f"refunded/{refund['id']}"]
    assert len(provider.refunds(paid)) == 1


@pytest.mark.parametrize(("currency", "amount", "shown"), [("EUR", 123456, "1,234.56 EUR"), ("JPY", 1500, "1,500 JPY"),
                                                          ("KWD", 12340, "12.340 KWD"), ("ISK", 700, "700.00 ISK")])
def test_the_paying_page_shows_what_is_paid_as_people_write_it(db, tickets, payments, currency, amount, shown):
    event = new_event(db, currency=currency)
    kind = new_ticket_type(db, event, price={"amount": amount, "currency": currency})
    paying = checkout(payments, event, hold(tickets, event, kind), cancel_url="http://localhost/back?a=1&b=2")
    page = requests.get(paying["url"], timeout=30)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert shown in page.text and 'name="viewport"' in page.text
    assert 'href="http://localhost/back?a=1&amp;b=2"' in page.text
    declined = requests.post(paying["url"], data={"card": DECLINED}, timeout=30)
    assert declined.status_code == 200 and "declined" in declined.text and f'value="{DECLINED}"' in declined.text
    paid = requests.post(paying["url"], data={"card": "4242 4242 4242 4242"}, timeout=30, allow_redirects=False)
    assert paid.status_code == 303 and paid.headers["Location"].endswith("/v1/checkout/done")
    over = requests.get(paying["url"], timeout=30).text
    assert "has been paid" in over and "<form" not in over


# Bad input

def test_what_cannot_be_paid_is_refused_and_nothing_is_made_at_the_provider(db, sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind)
    address = path(event, "orders", held, "checkout")
    for wrong in ({"amount": 2499, "currency": "EUR"}, {"amount": 2500, "currency": "USD"}):
        assert faults(problem_of(payments.post(address, {"amount": wrong}), 422, "validation_failed")) == {
            "#/amount": "not_of_order"}
    assert faults(problem_of(payments.post(address, {
        "success_url": "https://evil.example/", "cancel_url": "javascript:alert(1)"}), 422, "validation_failed")) == {
            "#/success_url": "invalid_url", "#/cancel_url": "invalid_url"}
    other = new_event(db)
    problem_of(payments.post(path(other, "orders", held, "checkout")), 404, "not_found")
    problem_of(payments.post(path(event, "orders", "order_x", "checkout")), 404, "not_found")
    short = hold(tickets, event, kind, hold_seconds=1)
    eventually_is(tickets, event, short, "expired")
    problem_of(payments.post(path(event, "orders", short, "checkout")), 409, "hold_expired")
    sold = created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    problem_of(payments.post(path(event, "orders", sold, "checkout")), 409, "already_paid")
    for order in (held, short, sold):
        assert provider.sessions(order) == []
    problem_of(payments.request("POST", address, data=b"x" * 300_000, headers={"Content-Type": "application/json"}),
               413, "payload_too_large")
    problem_of(payments.request("POST", address, data=b"{", headers={"Content-Type": "application/json"}),
               400, "invalid_json")
    problem_of(payments.request("POST", address, data=b"a=b", headers={"Content-Type": "text/plain"}),
               415, "unsupported_media_type")
    problem_of(payments.delete(address), 405, "method_not_allowed")


def test_a_webhook_that_is_not_signed_now_and_by_the_provider_does_nothing(sale, tickets, payments, provider, bus):
    event, kind = sale
    held = hold(tickets, event, kind)
    paying = checkout(payments, event, held)
    provider.behave(webhooks="lost")
    provider.pay(paying)
    told = bus.follow("payments.events")
    success = provider.events("payment_intent.succeeded")[0]
    payload = json.dumps(success)
    for signature in ("", "t=1,v1=00", provider.signature(payload, at=success["created"] - 400),
                      provider.signature(payload + " ")):
        problem_of(provider.webhook(payments, success, **{"Stripe-Signature": signature}), 400, "invalid_signature")
    problem_of(provider.webhook(payments, {**success, "livemode": True}), 400, "wrong_mode")
    problem_of(provider.webhook(payments, "x" * 300_000), 413, "payload_too_large")
    assert provider.webhook(payments, {**success, "type": "customer.created"}).status_code == 200
    assert told.drain() == []
    assert order_of(tickets, event, held)["status"] == "held"

# Another provider

def test_a_bank_transfer_pays_when_somebody_says_that_it_has_come(sale, tickets, payments):
    event, kind = sale
    held = hold(tickets, event, kind)
    transfer = checkout(payments, event, held, provider="transfer")
    assert order_of(tickets, event, held)["expires_at"] > held["expires_at"]
    problem_of(payments.post("/v1/transfers/RF00AAAAAAAAAA/received"), 404, "not_found")
    spaced = " ".join([transfer["reference"][:4], transfer["reference"][4:]])
    for _ in range(2):
        answer = payments.post(f"/v1/transfers/{spaced}/received")
        assert answer.status_code == 200, answer.text
    paid = eventually_is(tickets, event, held, "paid")
    assert statuses(paid) == ["succeeded"]
    refund = created(payments.post(path(event, "orders", paid, "refunds"), {}))
    assert (refund["status"], refund["by_hand"]) == ("waiting", True)
    assert payments.post(f"/v1/refunds/{refund['id']}/approve").status_code == 200
    eventually_is(tickets, event, held, "refunded")


# What dies

def test_it_may_be_killed_at_each_step(sale, tickets, payments, provider, stack):
    event, kind = sale
    held = hold(tickets, event, kind)
    service = stack["payments-svc"]

    def killed():
        service.kill()
        service.start()
    # The provider has made the session, and its answer reaches nobody.
    provider.behave(early_ms=3000)
    waiting = threading.Thread(target=_unanswered, args=(payments, path(event, "orders", held, "checkout")))
    waiting.start()
    eventually(lambda: provider.sessions(held))
    service.kill()
    waiting.join()
    provider.heal()
    service.start()
    paying = checkout(payments, event, held)
    assert len(provider.sessions(held)) == 1
    # It is paid while nobody takes webhooks.
    service.kill()
    assert provider.pay(paying) is None
    service.start()
    paid = eventually_is(tickets, event, held, "paid", within=20)
    # A refund is made, and its answer is lost with the service.
    provider.behave(lose=1)
    created(payments.post(path(event, "orders", paid, "refunds"), {}))
    eventually(lambda: provider.refunds(paid))
    killed()
    eventually_is(tickets, event, paid, "refunded", within=20)
    assert len(provider.refunds(paid)) == 1


def _unanswered(payments, address):
    with pytest.raises(OSError):
        payments.post(address)


def test_a_provider_that_is_away_is_asked_again(sale, tickets, payments, provider):
    event, kind = sale
    held = hold(tickets, event, kind)
    address = path(event, "orders", held, "checkout")
    provider.behave(fail=1)
    answer = payments.post(address, idempotency_key=f"away/{held['id']}")
    problem_of(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    paying = payments.post(address, idempotency_key=f"away/{held['id']}").json()
    assert provider.pay(paying) is None
    paid = eventually_is(tickets, event, held, "paid")
    provider.behave(fail=2)
    created(payments.post(path(event, "orders", paid, "refunds"), {}))
    eventually_is(tickets, event, paid, "refunded", within=20)
    assert len(provider.refunds(paid)) == 1


# Persons and secrets

def test_erasing_a_buyer_reaches_what_is_kept_here(sale, tickets, payments, provider, stack):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind)
    name = f"Ada {secrets.token_hex(12)}"
    address = path(event, "orders", paid, "refunds")
    some = {"amount": {"amount": 1, "currency": "EUR"}, "reason": f"{name} is ill"}
    refund = created(payments.post(address, some))
    assert name in payments.get(f"/v1/refunds/{refund['id']}").json()["reason"]
    with restarted_with(stack["payments-svc"], REFUNDS="manual"):
        waiting = created(payments.post(address, some))
        assert payments.post(f"/v1/refunds/{waiting['id']}/reject", {"reason": f"{name} is well"}).status_code == 200
    assert kept_with(stack, name) == {"plans", "receipts", "refunds"}
    assert tickets.post(path(event, "orders", paid, "erase")).status_code == 200
    eventually(lambda: kept_with(stack, name) == set())
    assert "reason" not in payments.get(f"/v1/refunds/{refund['id']}").json()


def kept_with(stack, needle):
    """The collections of this service that have the text, also within the bytes of an answer."""
    with pymongo.MongoClient(stack["database"].uri) as client:
        database = client[stack["payments-svc"].environment()["PAYMENTS_DB"]]
        return {name for name in database.list_collection_names()
                if any(needle in repr(document) for document in database[name].find())}


def test_no_secret_and_no_card_is_logged(sale, tickets, payments, provider, stack):
    event, kind = sale
    held = hold(tickets, event, kind)
    embedded = checkout(payments, event, held, embedded=True)
    assert embedded["client_secret"] and "url" not in embedded
    log = stack["payments-svc"].process.log.read_text()
    for secret in (embedded["client_secret"], *stack["provider"].settings().values(), "4242"):
        assert secret.startswith("http") or secret not in log
    assert '"event": "service.started"' in log
