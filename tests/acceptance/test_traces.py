"""Traces: one sale is one trace of connected spans, and a collector that is away costs nothing."""

import os
import re
import secrets
import subprocess

import pytest
from stack import SERVICES
from stack.ports import free_port

from support import Bus, Rest, created, eventually, new_event, new_ticket_type, order_body, path
from support.collector import Collector
from support.provider import Provider


SERVER, CLIENT, PRODUCER = 2, 3, 4  # as OTLP numbers the kinds of spans


@pytest.fixture(scope="module")
def collector():
    kept = Collector(free_port())
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def traced(make_stack, collector):
    with make_stack() as stack:
        for service in SERVICES:
            stack[service].variables.update(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
                                            OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0")
        stack.start()
        yield stack
        assert set(stack.stop_services().values()) <= {0}


def sampled():
    trace_id = secrets.token_hex(16)
    return trace_id, {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}


def provider_of(stack):
    return Provider(stack["provider"].url, stack["provider"].settings()["STRIPE_WEBHOOK_SECRET"])


def value(service, name):
    [line] = re.findall(rf"^{name} (\S+)$", Rest(service.url).get("/metrics").text, re.MULTILINE)
    return float(line)


def sell(stack, headers, **changes):
    db, tickets = Rest(stack["db-svc"].url), Rest(stack["tickets-svc"].url)
    event = new_event(db, messages={"tickets": True})
    kind = new_ticket_type(db, event)
    body = order_body((kind, 1), buyer="traced@example.org", **changes)
    return event, created(tickets.post(path(event, "orders"), body, headers=headers))


def test_a_sale_is_one_trace_of_connected_spans(traced, collector):
    trace_id, headers = sampled()
    parent = headers["traceparent"].split("-")[2]
    _, order = sell(traced, headers)

    def named(*wanted):
        spans = collector.of(trace_id)
        assert {(span["service"], span["name"]) for span in spans} >= set(wanted), [
            (span["service"], span["name"]) for span in spans]
        known = {parent, *(span["spanId"] for span in spans)}
        assert [span for span in spans if span.get("parentSpanId") not in known] == []
        return spans
    spans = eventually(lambda: named(
        ("tickets-svc", "POST /v1/events/{event_id}/orders"), ("db-svc", "process order.place"),
        ("db-svc", "commit"), ("notify-svc", "send email")), within=20)
    by_id = {span["spanId"]: span for span in spans}
    request = next(span for span in spans if span["service"] == "tickets-svc")
    assert request["parentSpanId"] == parent and request["attributes"]["http.response.status_code"] == 201
    command = next(span for span in spans if span["name"] == "process order.place")
    assert by_id[command["parentSpanId"]] is request
    assert by_id[next(span for span in spans if span["name"] == "commit")["parentSpanId"]]["service"] == "db-svc"
    text = "".join(span["text"] for span in spans)
    assert "traced@example.org" not in text and "Lovelace" not in text and order["tickets"][0]["code"] not in text
    assert collector.bad == []


def test_a_payment_is_in_the_trace_of_its_checkout(traced, collector):
    trace_id, headers = sampled()
    event, order = sell(traced, headers, hold_seconds=600)
    payments = Rest(traced["payments-svc"].url)
    paying = created(payments.post(path(event, "orders", order, "checkout"), headers=headers))

    def request():
        return next((span for span in collector.of(trace_id)
                     if span["service"] == "payments-svc" and span["kind"] == SERVER), None)
    span = eventually(request, within=20)
    assert span["name"] == "POST /v1/events/{event_id}/orders/{order_id}/checkout"
    assert span["attributes"]["http.response.status_code"] == 201
    assert provider_of(traced).pay(paying) is None

    def connected():
        spans = {(one["service"], one["name"]): one for one in collector.of(trace_id)}
        assert set(spans) >= {("payments-svc", "stripe checkout.sessions.create"), ("db-svc", "process payment.succeeded"),
                              ("payments-svc", "send payment.succeeded")}, set(spans)
        asked = spans["payments-svc", "stripe checkout.sessions.create"]
        assert (asked["kind"], asked["parentSpanId"]) == (CLIENT, span["spanId"])
        sent = spans["payments-svc", "send payment.succeeded"]
        assert (sent["kind"], sent["parentSpanId"]) == (PRODUCER, span["spanId"])  # a webhook tells it
        assert sent["attributes"]["messaging.destination.name"] == "payments.events"
        assert spans["db-svc", "process payment.succeeded"]["parentSpanId"] == sent["spanId"]
        return True
    eventually(connected, within=20)
    text = "".join(one["text"] for one in collector.of(trace_id))
    assert order["id"] not in text and "traced@example.org" not in text


def test_a_trace_that_is_not_sampled_is_not_sent(traced, collector):
    trace_id, headers = sampled()
    sell(traced, {"traceparent": headers["traceparent"].removesuffix("01") + "00"})
    other_id, other = sampled()
    sell(traced, other)
    eventually(lambda: any(span["name"] == "send email" for span in collector.of(other_id)), within=20)
    assert collector.of(trace_id) == []


def test_the_trace_is_in_the_log(traced):
    trace_id, headers = sampled()
    service = traced.add_service("tickets-svc", LOG_LEVEL="debug")
    service.start()
    event, _ = sell(traced, {})
    Rest(service.url).get(path(event, "availability"), headers=headers)

    def lines(part, event_name):
        return [line for line in part.process.tail(2000).splitlines() if f'"event":"{event_name}"' in line
                and f'"trace_id":"{trace_id}"' in line]
    eventually(lambda: lines(service, "http.request"))
    assert service.stop() == 0
    bus = Bus(traced["kafka"].brokers)
    bus.send("order.place", b"{", key=event["id"], headers=headers)
    bus.close()
    eventually(lambda: lines(traced["db-svc"], "dead_letter"), within=20)


def test_a_collector_that_does_not_answer_costs_no_sale(traced, collector):
    tickets = traced["tickets-svc"]
    event, _ = sell(traced, {})
    dropped = value(tickets, "spans_dropped_total")
    collector.gate.clear()
    try:
        for _ in range(3000):
            _, headers = sampled()
            assert Rest(tickets.url).get(path(event, "availability"), headers=headers).status_code == 200
        eventually(lambda: value(tickets, "spans_dropped_total") > dropped, within=30)
        sell(traced, sampled()[1])
    finally:
        collector.gate.set()
    trace_id, headers = sampled()
    sell(traced, headers)
    eventually(lambda: collector.of(trace_id), within=20)
    assert value(tickets, "spans_sent_total") > 0


def test_a_service_ends_though_its_collector_does_not_answer(traced, collector):
    service = traced.add_service("tickets-svc", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_TRACES_SAMPLER="always_on")
    service.start()
    collector.gate.clear()
    try:
        assert Rest(service.url).get("/livez").status_code == 200
        assert service.stop() == 0
    finally:
        collector.gate.set()


def test_a_wrong_setting_is_named(built):
    wrong = {**os.environ, "OTEL_TRACES_SAMPLER": "sometimes", "OTEL_TRACES_SAMPLER_ARG": "2"}
    for name in SERVICES:
        done = subprocess.run([built / name / name], env=wrong, capture_output=True, text=True, check=False)
        assert done.returncode == 2, name
        assert "OTEL_TRACES_SAMPLER" in done.stderr and "OTEL_TRACES_SAMPLER_ARG" in done.stderr, done.stderr
