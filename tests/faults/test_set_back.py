"""A broker that comes back empty, and a database that is set back to a back-up."""

import ctypes
import threading
import time
from contextlib import contextmanager, nullcontext

import pytest
from stack.supervisor import Restarts

from support import Bus, Rest, at_once, created, eventually, insist, on_sale, order_body, path, stock_of

PATIENCE_S = 60


def confuses_topic_ids():
    """librdkafka from 2.4 to 2.9 may die once topics have come back under other ids (its issue 4964)."""
    version = ctypes.CDLL("librdkafka.so.1").rd_kafka_version() >> 16
    return 0x0204 <= version < 0x020a


@contextmanager
def looked_after(stack):
    """What dies is started again, as whatever runs services does."""
    over = threading.Event()
    restarts = Restarts()

    def look():
        while not over.wait(0.2):
            for service in stack.services:
                restarts.look_after(service, time.monotonic())
    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


@pytest.fixture
def own(make_stack):
    """A stack that nobody else needs."""
    with make_stack("kafka", "database", "services") as stack:
        stack.start()
        with looked_after(stack) if confuses_topic_ids() else nullcontext():
            yield stack


def services(stack):
    return Rest(stack["db-svc"].url), Rest(stack["tickets-svc"].url)


def buy(tickets, event, kind):
    """One sale, as soon as it can be had."""
    return eventually(lambda: created(insist(tickets, path(event, "orders"), order_body((kind, 1)), PATIENCE_S)),
                      PATIENCE_S)


def sequences(stack, event):
    """Those of the event's sales that the broker has, in the order of its log; a fact may be there twice."""
    bus = Bus(stack["kafka"].brokers)
    facts = bus.follow("tickets.facts", from_beginning=True)
    told = [int(fact.header("ce_sequence")) for fact in facts.drain(2)
            if fact.key == event["id"].encode() and fact.type == "order.placed"]
    bus.close()
    return list(dict.fromkeys(told))


@pytest.mark.parametrize("another_cluster", [False, True])
def test_a_broker_that_comes_back_empty_is_filled_again_and_sequences_rise(own, another_cluster):
    db, tickets = services(own)
    event, kind = on_sale(db, capacity=1000)
    for _ in range(3):
        buy(tickets, event, kind)
    before = sequences(own, event)
    for total in (4, 5):
        own["kafka"].lose_everything(another_cluster)
        own["kafka"].start()
        buy(tickets, event, kind)
        eventually(lambda total=total: stock_of(tickets, event, kind)[1] == total, PATIENCE_S)
        after = sequences(own, event)
        assert after and min(after) > max(before), "a sequence was given out again"
        before = after
    for service in own.services:
        eventually(lambda service=service: service.not_ready() is None, PATIENCE_S)


def cancellation_of(db, event):
    answer = db.get(path(event, "cancellation"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_done_by_pages_is_finished_though_the_broker_lost_the_next_page(own):
    db, tickets = services(own)
    event, kind = on_sale(db, capacity=1000)
    buy(tickets, event, kind)
    at_once(8, lambda _: [created(tickets.post(path(event, "orders"), order_body((kind, 1)))) for _ in range(50)])
    assert db.patch(path(event), {"status": "cancelled"}).status_code == 200
    own["db-svc"].kill()
    own["kafka"].lose_everything(another_cluster=False)
    own["kafka"].start()
    own["db-svc"].start()
    eventually(lambda: cancellation_of(db, event)["status"] == "done", 2 * PATIENCE_S)
    assert db.get(path(event, "reconciliation")).json()["clean"]


def test_a_database_that_is_set_back_under_running_services_is_noticed(own):
    db, tickets = services(own)
    event, kind = on_sale(db, capacity=1000)
    quiet, quiet_kind = on_sale(db, capacity=1000)
    for one, of in ((event, kind), (event, kind), (quiet, quiet_kind)):
        buy(tickets, one, of)
    own["database"].stop()
    own["database"].back_up()
    own["database"].start()
    for one, of in [(event, kind)] * 10 + [(quiet, quiet_kind)] * 3:
        buy(tickets, one, of)
    eventually(lambda: stock_of(tickets, event, kind)[1] == 12 and stock_of(tickets, quiet, quiet_kind)[1] == 4)
    before = sequences(own, event)
    assert len(before) == 12

    own["database"].stop()
    own["database"].set_back()
    own["database"].start()
    # What nobody buys is shown as the database has it, too.
    eventually(lambda: stock_of(tickets, quiet, quiet_kind)[1] == 1, PATIENCE_S)
    buy(tickets, event, kind)
    eventually(lambda: stock_of(tickets, event, kind)[1] == 3, PATIENCE_S)
    after = sequences(own, event)
    assert after[-1] > max(before), "a sequence was given out again"
    assert db.get(path(event, "reconciliation")).json()["clean"]
