"""What is left, from the memory of every instance: at once to who bought, soon to everyone, and whoever
else is away."""

import json
import threading
import time
from contextlib import contextmanager

import pytest
import requests

from support import (Rest, at_once, created, eventually, lasts, new_event, new_ticket_type, on_sale, order_body, path,
                     problem_of, stock_of)


@pytest.fixture(scope="module")
def another(stack):
    """One more instance of tickets-svc; nothing is bought there."""
    service = stack.add_service("tickets-svc")
    service.start()
    return service


@pytest.fixture
def without(stack):
    """Takes parts away; they come back at the end, and with them every service."""
    gone = []

    def take(name):
        stack[name].kill()
        gone.append(name)
    yield take
    for name in gone:
        stack[name].start()
    for service in (each for each in stack.services if each.running):
        eventually(lambda service=service: Rest(service.url).get("/readyz").status_code == 200, within=15)


class Stream:
    """A browser's EventSource, more or less."""

    def __init__(self, answer):
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/event-stream"
        self._lines = answer.iter_lines(chunk_size=1)
        self.last_id = None

    def next(self):
        """The next event's data; None at the end."""
        event = {}
        for line in self._lines:
            if not line:
                if "data" in event:
                    assert event["event"] == "availability"
                    assert int(event["retry"]) > 0
                    self.last_id = event["id"]
                    return json.loads(event["data"])
                event = {}
                continue
            name, _, value = line.decode().partition(": ")
            event[name] = value
        return None

    def sold(self):
        [item] = self.next()["items"]
        assert item["sold"] + item["held"] + item["available"] == item["capacity"]
        return item["sold"]


@contextmanager
def watching(service, event, **headers):
    with requests.get(service.url + path(event, "availability", "stream"), stream=True, timeout=120,
                      headers={"Accept": "text/event-stream", **headers}) as answer:
        yield Stream(answer)


def hours_ago(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600 * hours))


def items_of(service, event):
    answer = service.get(path(event, "availability"))
    assert answer.status_code == 200, answer.text
    return {item["ticket_type_id"]: item for item in answer.json()["items"]}


def test_a_buyer_sees_her_own_purchase_at_once(db, tickets):
    event, kind = on_sale(db)
    for sold in range(1, 31):
        created(tickets.post(path(event, "orders"), order_body((kind, 1))))
        assert stock_of(tickets, event, kind) == (100, sold, 0, 100 - sold)
    held = created(tickets.post(path(event, "orders"), order_body((kind, 5), hold_seconds=60)))
    assert stock_of(tickets, event, kind) == (100, 30, 5, 65)
    assert tickets.post(path(event, "orders", held, "confirm")).status_code == 200
    assert stock_of(tickets, event, kind) == (100, 35, 0, 65)
    assert tickets.patch(path(event, "ticket-types", kind), {"capacity": 50}).status_code == 200
    assert stock_of(tickets, event, kind) == (50, 35, 0, 15)
    assert tickets.post(path(event, "orders", held, "cancel")).status_code == 200
    assert stock_of(tickets, event, kind) == (50, 30, 0, 20)


def test_every_instance_comes_to_the_same(db, tickets, another):
    there = Rest(another.url)
    event, kind = on_sale(db)
    assert stock_of(there, event, kind) == (100, 0, 0, 100)
    at_once(16, lambda _: created(tickets.post(path(event, "orders"), order_body((kind, 1)))))
    eventually(lambda: stock_of(there, event, kind) == (100, 16, 0, 84))

    here, elsewhere = (one.get(path(event, "availability")) for one in (tickets, there))
    assert here.headers["ETag"] == elsewhere.headers["ETag"]
    assert here.json()["items"] == elsewhere.json()["items"]


def test_what_is_edited_elsewhere_is_seen(db, tickets):
    event, kind = on_sale(db)
    assert items_of(tickets, event)[kind["id"]]["on_sale"] is True
    address = path(event, "ticket-types", kind)
    assert db.patch(address, {"name": "Pit", "price": {"amount": 3000, "currency": "EUR"},
                              "capacity": 70}).status_code == 200

    def edited():
        item = items_of(tickets, event)[kind["id"]]
        return (item["name"], item["price"]["amount"], item["capacity"]) == ("Pit", 3000, 70)
    eventually(edited)

    vip = new_ticket_type(db, event, type="vip", capacity=3)
    assert stock_of(tickets, event, vip) == (3, 0, 0, 3)
    assert list(items_of(tickets, event)) == [kind["id"], vip["id"]]
    assert db.delete(path(event, "ticket-types", vip)).status_code == 204
    eventually(lambda: list(items_of(tickets, event)) == [kind["id"]])
    problem_of(tickets.get(path(event, "ticket-types", vip, "availability")), 404, "not_found")

    assert db.patch(path(event), {"status": "postponed"}).status_code == 200
    eventually(lambda: items_of(tickets, event)[kind["id"]]["on_sale"] is False)
    assert db.delete(path(event)).status_code == 204
    eventually(lambda: tickets.get(path(event, "availability")).status_code == 404)


def test_what_there_is_not_is_404_until_there_is(db, tickets):
    for address in ("/v1/events/event_01jz3w4v9he8qb2m5x7k6d0c1n/availability", "/v1/events/x/availability",
                    "/v1/events/event_01jz3w4v9he8qb2m5x7k6d0c1n/availability/stream"):
        problem_of(tickets.get(address), 404, "not_found")
    event = new_event(db)
    assert items_of(tickets, event) == {}
    problem_of(tickets.get(path(event, "ticket-types", "tkttype_01jz3w4v9he8qb2m5x7k6d0c1n", "availability")),
               404, "not_found")
    kind = new_ticket_type(db, event)
    assert stock_of(tickets, event, kind) == (100, 0, 0, 100)


def test_who_has_it_already_is_sent_nothing(db, tickets):
    event, kind = on_sale(db)
    for address in (path(event, "availability"), path(event, "ticket-types", kind, "availability")):
        answer = tickets.get(address)
        again = tickets.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
        created(tickets.post(path(event, "orders"), order_body((kind, 1))))
        changed = tickets.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert changed.status_code == 200
        assert changed.json()["as_of"] >= answer.json()["as_of"]


def test_a_stream_shows_every_change(db, tickets, another):
    event, kind = on_sale(db)
    with watching(another, event) as there, watching(tickets, event) as here:
        assert (there.sold(), here.sold()) == (0, 0)
        buyers = threading.Thread(target=lambda: [
            created(tickets.post(path(event, "orders"), order_body((kind, 1)))) for _ in range(40)])
        buyers.start()
        assert [there.sold() for _ in range(40)] == list(range(1, 41))
        assert [here.sold() for _ in range(40)] == list(range(1, 41))
        buyers.join()
        assert db.patch(path(event, "ticket-types", kind), {"name": "Pit"}).status_code == 200
        assert there.next()["items"][0]["name"] == "Pit"
        seen = there.last_id
    with watching(another, event, **{"Last-Event-ID": seen}) as there:
        created(tickets.post(path(event, "orders"), order_body((kind, 1))))
        assert there.sold() == 41


def test_a_stream_ends_with_its_event(db, tickets):
    event = new_event(db)
    with watching(tickets, event) as stream:
        assert stream.next()["items"] == []
        assert db.delete(path(event)).status_code == 204
        assert stream.next() is None


def test_a_stream_shows_when_the_sale_begins(db, tickets):
    event = new_event(db)
    kind = new_ticket_type(db, event, sales_start="2030-01-01T00:00:00Z")
    with watching(tickets, event) as stream:
        assert stream.next()["items"][0]["on_sale"] is False
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        assert db.patch(path(event, "ticket-types", kind), {"sales_start": soon}).status_code == 200
        assert stream.next()["items"][0]["on_sale"] is True


def test_what_is_shown_on_sale_can_be_bought(db, tickets):
    """The event's end counts, and where there is none that of its day; a later end of a type's sale goes before it."""
    for times, sales_end in (({"starts_at": hours_ago(3), "ends_at": hours_ago(1)}, None),
                             ({"starts_at": hours_ago(50)}, None),
                             ({"starts_at": hours_ago(3), "ends_at": hours_ago(1)}, hours_ago(-1)),
                             ({"starts_at": hours_ago(3), "ends_at": hours_ago(-1)}, hours_ago(1)),
                             ({"starts_at": hours_ago(-1), "ends_at": hours_ago(-2)}, None)):
        event = new_event(db, **times)
        kind = new_ticket_type(db, event, **({"sales_end": sales_end} if sales_end else {}))
        answer = tickets.post(path(event, "orders"), order_body((kind, 1)))
        assert answer.status_code in (201, 409), answer.text
        shown = items_of(tickets, event)[kind["id"]]
        assert shown["on_sale"] is (answer.status_code == 201), (times, sales_end, answer.text)


def test_streams_end_when_their_service_does(db, another):
    event, _ = on_sale(db)
    with watching(another, event) as stream:
        assert stream.sold() == 0
        assert another.stop() == 0
        assert stream.next() is None
    another.start()


def test_an_instance_killed_during_a_sale_is_right_when_it_is_back(db, tickets, another):
    event, kind = on_sale(db)
    there = Rest(another.url)
    assert stock_of(there, event, kind)[1] == 0
    for round_ in range(3):
        buyers = threading.Thread(target=at_once, args=(20, lambda _: created(
            tickets.post(path(event, "orders"), order_body((kind, 1))))))
        buyers.start()
        another.kill()
        another.start()
        stock_of(there, event, kind)
        buyers.join()
        sold = 20 * (round_ + 1)
        eventually(lambda sold=sold: stock_of(there, event, kind) == (100, sold, 0, 100 - sold))


def _forge(bus, event, kind, rev, epoch):
    level = {"ticket_type_id": kind["id"], "capacity": 100, "sold": 77, "held": 0, "rev": rev, "epoch": epoch}
    bus.produce("tickets.facts", json.dumps({"event_id": event["id"], "epoch": epoch, "stock": [level]}).encode(),
                key=event["id"], headers={"ce_specversion": "1.0", "ce_type": "order.placed", "ce_id": f"forged/{rev}",
                                          "ce_source": "/forger", "ce_sequence": "1", "content-type": "application/json"})


@pytest.mark.parametrize(("rev", "epoch"), [(10**12, 10**15), (10**12, None), (1, 10**15)])
def test_a_forged_fact_does_not_freeze_a_type(db, tickets, another, bus, rev, epoch):
    event, kind = on_sale(db)
    services = (tickets, Rest(another.url))
    for service in services:
        assert stock_of(service, event, kind) == (100, 0, 0, 100)
    for sold in range(1, 31):
        if sold % 10 == 1:
            _forge(bus, event, kind, rev, epoch or 0)
        created(tickets.post(path(event, "orders"), order_body((kind, 1))))
        assert stock_of(tickets, event, kind) == (100, sold, 0, 100 - sold)
        for service in services:
            eventually(lambda service=service, sold=sold: stock_of(service, event, kind)[1] == sold)


def test_what_is_known_is_shown_whoever_is_away(stack, db, tickets, another, without):
    event, kind = on_sale(db)
    unknown, _ = on_sale(db)
    created(tickets.post(path(event, "orders"), order_body((kind, 2))))
    assert stock_of(tickets, event, kind) == (100, 2, 0, 98)
    for name in ("db-svc", "database", "kafka"):
        without(name)
        assert stock_of(tickets, event, kind) == (100, 2, 0, 98)
    eventually(lambda: tickets.get("/readyz").status_code == 503)
    shown = tickets.get(path(event, "availability")).json()
    lasts(0.5)
    again = tickets.get(path(event, "availability")).json()
    assert shown["as_of"] == again["as_of"], "it is not known what happened since"
    answer = tickets.get(path(unknown, "availability"))
    problem_of(answer, 503, "unavailable")
    assert "Retry-After" in answer.headers

    for name in ("database", "kafka", "db-svc"):
        stack[name].start()
    eventually(lambda: tickets.get("/readyz").status_code == 200)
    created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    assert stock_of(tickets, event, kind) == (100, 3, 0, 97)
    eventually(lambda: stock_of(Rest(another.url), event, kind) == (100, 3, 0, 97))
    assert list(items_of(tickets, unknown))
