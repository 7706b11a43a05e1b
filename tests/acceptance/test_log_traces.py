"""One trace, found again in the logs of every service that its request led to."""

import json
import secrets

import pytest
from stack import SERVICES

from support import (Bus, Rest, attendee_body, created, eventually, new_event, new_ticket_type, notification_body, order_body,
                     path)
from support.provider import Provider

LONG = 20_000  # lines that a log of this test may have


@pytest.fixture(scope="module")
def told(make_stack):
    """A stack whose services log all they do, and trace nothing themselves."""
    with make_stack() as stack:
        for service in SERVICES:
            stack[service].variables.update(LOG_LEVEL="debug")
        stack.start()
        yield stack
        assert set(stack.stop_services().values()) <= {0}


def drawn():
    trace_id = secrets.token_hex(16)
    return trace_id, {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-00"}


def lines(stack, service, trace_id, event):
    found = (json.loads(line) for line in stack[service].process.tail(LONG).splitlines() if trace_id in line)
    return [line for line in found if line["event"] == event and line["trace_id"] == trace_id]


def provider_of(stack):
    return Provider(stack["provider"].url, stack["provider"].settings()["STRIPE_WEBHOOK_SECRET"])


def held_order(stack, headers):
    db, tickets = Rest(stack["db-svc"].url), Rest(stack["tickets-svc"].url)
    event = new_event(db, messages={"tickets": True})
    kind = new_ticket_type(db, event)
    body = order_body((kind, 1), buyer="traced@example.org", hold_seconds=600)
    return event, created(tickets.post(path(event, "orders"), body, headers=headers))


def test_one_trace_leads_from_a_request_to_the_payment_and_the_mail(told):
    trace_id, headers = drawn()
    event, order = held_order(told, headers)
    payments = Rest(told["payments-svc"].url)
    paying = created(payments.post(path(event, "orders", order, "checkout"), headers=headers))
    assert provider_of(told).pay(paying) is None  # its webhook names no trace itself

    def met():
        commands = [line["type"] for line in lines(told, "db-svc", trace_id, "command.answered")]
        assert {"order.place", "payment.succeeded"} <= set(commands), commands
        assert [line["route"] for line in lines(told, "tickets-svc", trace_id, "http.request")] == [
            "/v1/events/{event_id}/orders"]
        assert "order.get" in [line["type"] for line in lines(told, "db-svc", trace_id, "query.answered")]
        assert lines(told, "payments-svc", trace_id, "http.request")
        assert "payment.succeeded" in [line["type"] for line in lines(told, "payments-svc", trace_id, "payment.told")]
        assert "sent" in [line["outcome"] for line in lines(told, "notify-svc", trace_id, "delivery.attempted")]
        return True
    eventually(met, within=30)
    for service in SERVICES:
        text = told[service].process.tail(LONG)
        assert "traced@example.org" not in text and "Lovelace" not in text, service


def test_a_webhook_may_name_the_trace_of_a_payment_that_has_none(told):
    event, order = held_order(told, drawn()[1])
    payments, provider = Rest(told["payments-svc"].url), provider_of(told)
    provider.behave(webhooks="lost")
    try:
        paying = created(payments.post(path(event, "orders", order, "checkout")))
        assert provider.pay(paying) is None
    finally:
        provider.heal()
    trace_id, headers = drawn()
    [said] = [one for one in provider.events("checkout.session.completed")
              if one["data"]["object"]["metadata"]["order_id"] == order["id"]]
    assert provider.webhook(payments, said, **headers).status_code == 200
    eventually(lambda: [line for line in lines(told, "db-svc", trace_id, "command.answered")
                        if line["type"] == "payment.succeeded"], within=20)


def test_a_refund_is_of_the_trace_that_asked_for_it(told):
    event, order = held_order(told, drawn()[1])
    payments, tickets = Rest(told["payments-svc"].url), Rest(told["tickets-svc"].url)
    assert provider_of(told).pay(created(payments.post(path(event, "orders", order, "checkout")))) is None
    eventually(lambda: tickets.get(path(event, "orders", order)).json()["status"] == "paid", within=20)
    trace_id, headers = drawn()
    answer = payments.post(path(event, "orders", order, "refunds"), headers=headers)
    assert answer.status_code in (201, 202), answer.text
    eventually(lambda: [line for line in lines(told, "db-svc", trace_id, "command.answered")
                        if line["type"] == "payment.refunded"], within=20)


def test_a_mailing_is_claimed_and_reported_under_its_trace(told):
    db, people, notify = (Rest(told[name].url) for name in ("db-svc", "attendees-svc", "notify-svc"))
    event = new_event(db)
    for n in range(3):
        created(people.post(path(event, "attendees"), attendee_body(email=f"traced-{n}@example.org")))
    trace_id, headers = drawn()
    assert notify.post(path(event, "notifications"), notification_body(), headers=headers).status_code == 202

    def met():
        attempts = lines(told, "notify-svc", trace_id, "delivery.attempted")
        assert len({line["delivery_id"] for line in attempts if line["outcome"] == "sent"}) == 3
        commands = [line["type"] for line in lines(told, "db-svc", trace_id, "command.answered")]
        recorded = [name for name in commands if name.startswith("delivery.record")]
        assert len(recorded) >= 2, commands  # claims and reports, alone or together
        return True
    eventually(met, within=30)
    for line in told["db-svc"].process.tail(LONG).splitlines():
        if "delivery.record_bulk" in line and "command.answered" in line:
            assert "trace_id" in json.loads(line), line


def test_what_cannot_be_read_is_logged_under_its_trace(told):
    bus = Bus(told["kafka"].brokers)
    command, query = drawn(), drawn()
    event = new_event(Rest(told["db-svc"].url))
    bus.send("order.place", b"{", key=event["id"], headers=command[1])
    bus.send("order.get", b"{", key=event["id"], headers={**query[1], "ce_specversion": "7"})
    bus.close()
    for trace_id, _ in (command, query):
        eventually(lambda wanted=trace_id: lines(told, "db-svc", wanted, "dead_letter"), within=20)
