"""What most tests begin with: an event on sale, its ticket types, orders for them."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from .wait import eventually

UNSURE = (503, 504)  # to be sent again with the same key


def path(event, *rest):
    """path(event, "orders", order) -> /v1/events/event_…/orders/order_…"""
    parts = [part["id"] if isinstance(part, dict) else part for part in (event, *rest)]
    return "/".join(["/v1/events", *parts])


def event_body(**changes):
    return {"name": "Night of the Proms", "starts_at": "2030-06-01T20:00:00+02:00",
            "time_zone": "Europe/Madrid", "location": "Palau, Barcelona", "category": "concert",
            "currency": "EUR", "status": "published", **changes}


def ticket_type_body(**changes):
    return {"type": "general", "name": "Stalls", "price": {"amount": 2500, "currency": "EUR"},
            "capacity": 100, **changes}


def attendee_body(**changes):
    return {"name": "Ada Lovelace", "email": f"ada-{secrets.token_hex(6)}@example.org", **changes}


def notification_body(**changes):
    return {"channel": "email", "subject": "Doors at seven", "message": "Bring your ticket.",
            "audience": {"all": True}, **changes}


def order_body(*items, buyer="ada@example.org", **changes):
    """Items are (ticket type, quantity)."""
    return {"items": [{"ticket_type_id": kind["id"], "quantity": quantity} for kind, quantity in items],
            "buyer": {"name": "Ada Lovelace", "email": buyer}, **changes}


def created(answer):
    """The record of a 201."""
    assert answer.status_code == 201, answer.text
    return answer.json()


def is_expired(answer):
    """Certainly not done, and for good under its key: another key is another try."""
    return answer.status_code == 504 and answer.json()["code"] == "expired"


def settled(client, address, body=None, *, key, within=20):
    """What became of it under that key, once that is sure: asks again, as a client should. Also that it has
    expired."""
    def ask():
        try:
            answer = client.post(address, body, idempotency_key=key)
        except requests.RequestException as problem:
            raise AssertionError(f"no answer: {problem}") from problem
        assert answer.status_code not in UNSURE or is_expired(answer), answer.text
        return [answer]  # the answer itself is false where it is a refusal
    return eventually(ask, within)[0]


def insist(client, address, body=None, within=20, key=None):
    """Its answer, once there is one: takes another key where the first has expired."""
    answer = settled(client, address, body, key=key or secrets.token_hex(16), within=within)
    while is_expired(answer):
        answer = settled(client, address, body, key=secrets.token_hex(16), within=within)
    return answer


def new_event(db, **changes):
    return created(insist(db, "/v1/events", event_body(**changes)))


def new_ticket_type(db, event, **changes):
    return created(insist(db, path(event, "ticket-types"), ticket_type_body(**changes)))


def on_sale(db, **changes):
    """A published event and a ticket type of it."""
    event = new_event(db)
    return event, new_ticket_type(db, event, **changes)


def stock_of(tickets, event, kind):
    """(capacity, sold, held, available), which always add up."""
    answer = tickets.get(path(event, "ticket-types", kind, "availability"))
    assert answer.status_code == 200, answer.text
    [item] = answer.json()["items"]
    assert item["sold"] + item["held"] + item["available"] == item["capacity"], item
    assert item["available"] >= 0, item
    return item["capacity"], item["sold"], item["held"], item["available"]


def pages(service, address, **params):
    """Every item of a list, by following its cursors."""
    cursor = None
    while True:
        answer = service.get(address, params={**params, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def at_once(count, do):
    """do(0), do(1), … all let go at the same moment; the results in order."""
    start = threading.Barrier(count)

    def run(index):
        start.wait()
        return do(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
