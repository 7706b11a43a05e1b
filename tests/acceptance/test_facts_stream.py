"""Facts of an event over HTTP: as they happen, and those that were missed."""

import json
import time
from contextlib import contextmanager

import pytest
import requests
from confluent_kafka import Producer

from support import (attendee_body, created, eventually, insist, new_event, on_sale, order_body, path, patience,
                     problem_of)

TOPICS = ("events.facts", "tickets.facts", "attendees.facts", "notifications.facts")
UNKNOWN = {"id": "event_01h455vb4pex5vsknk084sn02q"}


class Facts:
    """A browser's EventSource, more or less."""

    def __init__(self, answer):
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/event-stream"
        self._lines = answer.iter_lines(chunk_size=1)
        self.last_id = None
        while self.last_id is None:
            assert self._event() is None

    def _event(self):
        """The next event's data, None if it has none; EOFError at the end."""
        data = None
        for line in self._lines:
            if not line:
                return data
            name, _, value = line.decode().partition(": ")
            if name == "id":
                self.last_id = value
            if name == "data":
                data = json.loads(value)
        raise EOFError

    def next(self):
        """The next fact; None at the end."""
        try:
            while (fact := self._event()) is None:
                pass
        except EOFError:
            return None
        return fact

    def until(self, kind):
        """All facts up to the next of that type."""
        found = [self.next()]
        while found[-1]["ce_type"] != kind:
            found.append(self.next())
        return found


def opened(service, event, last_id=None):
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id is not None else {})}
    return requests.get(service.url + path(event, "facts"), stream=True, timeout=120, headers=headers)


@contextmanager
def following(service, event, last_id=None):
    with opened(service, event, last_id) as answer:
        yield Facts(answer)


def buy(tickets, event, kind):
    return created(insist(tickets, path(event, "orders"), order_body((kind, 1))))


@pytest.fixture
def another(stack):
    service = stack.add_service("tickets-svc")
    service.start()
    yield service
    if service.running:
        assert service.stop() == 0


def test_every_fact_of_an_event_comes_as_it_happens(db, tickets, attendees):
    event, kind = on_sale(db)
    other, other_kind = on_sale(db)
    with following(tickets, event) as facts:
        buy(tickets, other, other_kind)
        order = buy(tickets, event, kind)
        [placed] = facts.until("order.placed")
        assert placed["data"]["order_id"] == order["id"] and placed["data"]["event_id"] == event["id"]
        assert placed["ce_id"] and placed["ce_source"] and placed["ce_specversion"] == "1.0"
        person = created(attendees.post(path(event, "attendees"), attendee_body()))
        registered = facts.until("attendee.registered")[-1]
        assert registered["data"]["attendee_id"] == person["id"]
        assert int(registered["ce_sequence"]) > int(placed["ce_sequence"])
        assert db.patch(path(event), {"name": "Later"}).status_code == 200
        assert facts.until("event.updated")[-1]["topic"] == "events.facts"
        text = json.dumps([placed, registered])
        assert person["email"] not in text and order["tickets"][0]["code"] not in text


def test_a_reader_who_comes_back_gets_what_was_missed(db, tickets, another):
    event, kind = on_sale(db)
    with following(tickets, event) as facts:
        at_first = facts.last_id
        first = buy(tickets, event, kind)
        assert facts.next()["data"]["order_id"] == first["id"]
        seen = facts.last_id
    missed = [buy(tickets, event, kind)["id"] for _ in range(5)]
    with following(another, event, seen) as facts:
        assert [facts.next()["data"]["order_id"] for _ in missed] == missed
        live = buy(tickets, event, kind)
        assert facts.next()["data"]["order_id"] == live["id"]
    with following(tickets, event, at_first) as facts:
        assert [facts.next()["data"]["order_id"] for _ in range(7)] == [first["id"], *missed, live["id"]]


@pytest.mark.parametrize("wrong", ["-", "x", "1-2-3", "1-2-3-4-5", "-1-0-0-0", "0-0-0-99999999999999999999", "1-2-3-4x",
                                   "1--3-4", "+1-2-3-4"])
def test_an_id_that_is_no_position_is_refused(db, tickets, wrong):
    problem = problem_of(opened(tickets, UNKNOWN, wrong), 400, "invalid_request")
    assert [error["header"] for error in problem["errors"]] == ["Last-Event-ID"]


def test_what_is_not_kept_is_gone(stack, db, tickets):
    event = new_event(db)
    problem_of(opened(tickets, event, "-".join(["999999999"] * len(TOPICS))), 410, "gone")
    with following(tickets, event) as facts:
        before = facts.last_id
    yesterday = int((time.time() - 25 * 3600) * 1000)
    tell(stack, event, 1, timestamp=yesterday)
    problem_of(opened(tickets, event, before), 410, "gone")


def test_no_more_than_ten_thousand_facts_are_replayed(stack, db, tickets):
    event, other = new_event(db), new_event(db)
    with following(tickets, event) as facts:
        before = facts.last_id
    tell(stack, event, 10_000)
    tell(stack, other, 100)
    with following(tickets, event, before) as facts:
        numbers = [facts.next()["data"]["version"] for _ in range(10_000)]
    assert numbers == list(range(10_000))
    tell(stack, event, 1)
    problem_of(opened(tickets, event, before), 410, "gone")


def tell(stack, event, count, **options):
    """Facts of an event, as anyone may tell who has the right."""
    producer = Producer({"bootstrap.servers": stack["kafka"].brokers, "partitioner": "murmur2_random",
                         "enable.idempotence": True})
    for number in range(count):
        headers = {"ce_specversion": "1.0", "ce_type": "order.updated", "ce_id": f"told/{number}", "ce_source": "/teller",
                   "ce_sequence": str(number + 1), "content-type": "application/json"}
        producer.produce("tickets.facts", json.dumps({"event_id": event["id"], "version": number}), event["id"],
                         headers=headers, **options)
    assert producer.flush(patience(20)) == 0


def test_there_are_no_facts_of_an_event_that_there_is_not(tickets):
    problem_of(opened(tickets, UNKNOWN), 404, "not_found")
    problem_of(opened(tickets, {"id": "event_x"}), 404, "not_found")
    answer = tickets.post(path(UNKNOWN, "facts"))
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


def open_now(tickets):
    [line] = [line for line in tickets.get("/metrics").text.splitlines() if line.startswith("facts_streams ")]
    return float(line.split()[1])


def test_a_head_request_opens_no_stream(db, tickets):
    event = new_event(db)
    answer = tickets.request("HEAD", path(event, "facts"))
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/event-stream" and not answer.content
    eventually(lambda: open_now(tickets) == 0)


def test_the_facts_of_an_event_end_with_it(db, tickets):
    event = new_event(db)
    with following(tickets, event) as facts:
        assert db.delete(path(event)).status_code == 204
        assert facts.until("event.deleted")[-1]["data"]["event_id"] == event["id"]
        assert facts.next() is None


def test_facts_end_when_their_service_does(db, another):
    event = new_event(db)
    with following(another, event) as facts:
        assert another.stop() == 0
        assert facts.next() is None


def test_facts_go_on_when_the_broker_is_back(stack, db, tickets):
    event, kind = on_sale(db)
    with following(tickets, event) as facts:
        stack["kafka"].kill()
        stack["kafka"].start()
        eventually(lambda: tickets.get("/readyz").status_code == 200, within=20)
        order = buy(tickets, event, kind)
        assert facts.until("order.placed")[-1]["data"]["order_id"] == order["id"]


def test_a_reader_who_leaves_is_forgotten(db, tickets):
    event = new_event(db)

    def is_served():
        with opened(tickets, event) as answer:
            return answer.status_code == 200
    eventually(is_served, within=20)  # a test before may have taken the broker away
    eventually(lambda: open_now(tickets) == 0, within=20)
    with opened(tickets, event) as answer:
        assert answer.status_code == 200, answer.text
        assert open_now(tickets) == 1
    eventually(lambda: open_now(tickets) == 0, within=20)
