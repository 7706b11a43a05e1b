"""The documents say what the services do; health and metrics are where everyone looks for them."""

import re

import pytest
from stack import SERVICES

from support import Rest, eventually

EVENT, TYPE, ORDER = "/v1/events/{event_id}", "/ticket-types/{ticket_type_id}", "/orders/{order_id}"
ATTENDEE, NOTIFICATION = "/attendees/{attendee_id}", "/notifications/{notification_id}"


def crud(collection, record):
    return {f"POST {collection}", f"GET {collection}",
            *(f"{method} {record}" for method in ("GET", "PUT", "PATCH", "DELETE"))}


ROUTES = {
    "db-svc": crud("/v1/events", EVENT) | crud(f"{EVENT}/ticket-types", EVENT + TYPE)
    | crud(f"{EVENT}/attendees", EVENT + ATTENDEE) | crud(f"{EVENT}/notifications", EVENT + NOTIFICATION),
    "tickets-svc": {
        "GET /v1/events", f"GET {EVENT}", f"GET {EVENT}/ticket-types", f"GET {EVENT}/availability",
        f"GET {EVENT}{TYPE}", f"PATCH {EVENT}{TYPE}", f"GET {EVENT}{TYPE}/availability",
        f"POST {EVENT}/orders", f"GET {EVENT}/orders", f"GET {EVENT}{ORDER}",
        f"POST {EVENT}{ORDER}/confirm", f"POST {EVENT}{ORDER}/cancel",
        f"POST {EVENT}/check-ins", f"POST {EVENT}/check-ins/undo", f"POST {EVENT}/tickets/lookup"},
    "attendees-svc": {
        f"POST {EVENT}/attendees", f"GET {EVENT}/attendees", f"GET {EVENT}{ATTENDEE}",
        f"PATCH {EVENT}{ATTENDEE}", f"POST {EVENT}{ATTENDEE}/confirm", f"POST {EVENT}{ATTENDEE}/cancel"},
    "notify-svc": {
        f"POST {EVENT}/notifications", f"GET {EVENT}/notifications", f"GET {EVENT}{NOTIFICATION}",
        f"GET {EVENT}{NOTIFICATION}/deliveries", f"POST {EVENT}{NOTIFICATION}/cancel"},
    "payments-svc": {
        f"POST {EVENT}{ORDER}/checkout", f"GET {EVENT}{ORDER}/payments", f"POST {EVENT}{ORDER}/refunds",
        "GET /v1/refunds", "POST /v1/refunds/{refund_id}/approve", "POST /v1/refunds/{refund_id}/reject",
        "POST /v1/transfers/{reference}/received", "POST /v1/webhooks/stripe",
        f"GET {EVENT}/payments/reconciliation", "GET /docs"},
}
EVERYWHERE = ("/livez", "/readyz", "/healthz", "/metrics", "/openapi.json")


@pytest.fixture(params=SERVICES)
def service(request, stack):
    return request.param, Rest(stack[request.param].url)


@pytest.fixture
def document(service):
    answer = service[1].get("/openapi.json")
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolves(document, reference):
    node = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def test_every_route_is_described(service, document):
    described = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert document["openapi"].startswith("3.1")
    assert ROUTES[service[0]] - described == set()


def test_every_route_described_is_there(service, document):
    for path, item in document["paths"].items():
        answer = service[1].request("OPTIONS", re.sub(r"\{\w+\}", "x", path))
        assert answer.status_code == 204, path
        assert {method.upper() for method in item} <= set(answer.headers["Allow"].split(", "))


def test_every_reference_of_the_documents_leads_somewhere(document, db):
    for one in (document, db.get("/asyncapi.json").json()):
        for reference in references(one):
            assert resolves(one, reference) is not None, reference


def test_every_operation_has_a_name_of_its_own(document):
    names = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(set(names)) == len(names)


def test_commands_queries_and_facts_are_described_for_kafka(db):
    document = db.get("/asyncapi.json").json()
    assert document["asyncapi"] == "3.0.0"
    addresses = {channel["address"] for channel in document["channels"].values()}
    for module in ("events", "tickets", "attendees", "notifications"):
        assert {f"{module}.commands", f"{module}.queries", f"{module}.facts"} <= addresses
    for kind in ("order.place", "order.get", "order.placed", "attendee.register", "event.create"):
        assert kind in document["components"]["messages"]


def test_health_documents_and_metrics_are_everywhere(service):
    for path in EVERYWHERE:
        eventually(lambda path=path: service[1].get(path).status_code == 200)  # another test may have hurt a part


def test_metrics_count_requests_by_route_and_name_nobody(service):
    name, rest = service
    secret = "event_01h455vb4pex5vsknk084sn02q"
    rest.get(f"/v1/events/{secret}/orders?email=secret@example.org")
    rest.get("/livez")

    def counted():
        answer = rest.get("/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return answer.text if re.search(r'http_requests_total\{[^}]*route="/livez"[^}]*\} [1-9]', answer.text) \
            else None
    text = eventually(counted)
    assert secret not in text and "secret@" not in text
    assert "process_resident_memory_bytes" in text, name
