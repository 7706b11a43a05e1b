"""Other systems that write in Kafka's transactions, which can stay open, and can be taken back."""

import json
import secrets
from contextlib import contextmanager

import pytest
from confluent_kafka import Producer

from support import on_sale, order_body, path, stock_of
from support.paying import paid_order
from support.wait import patience

PARTITIONS = 8


@pytest.fixture
def producer(bus):
    transactional = Producer({"bootstrap.servers": bus.brokers, "partitioner": "murmur2_random", "log_level": 0,
                              "transactional.id": f"tests-{secrets.token_hex(6)}"})
    transactional.init_transactions(patience(10))
    return transactional


@contextmanager
def taken_back(producer):
    """A transaction that is open, with what the block writes on the broker, and has no effect in the end."""
    producer.begin_transaction()
    try:
        yield
    finally:
        producer.abort_transaction(patience(10))


@pytest.mark.parametrize("topic", ["tickets.queries", "tickets-svc.replies", "tickets.facts"])
def test_a_transaction_that_stays_open_holds_up_nobody(db, tickets, producer, topic):
    event, kind = on_sale(db)
    with taken_back(producer):
        for partition in range(PARTITIONS):
            producer.produce(topic, b"{}", partition=partition)
        assert producer.flush(patience(10)) == 0
        assert tickets.post(path(event, "orders"), order_body((kind, 2))).status_code == 201
        assert tickets.get(path(event, "orders")).status_code == 200
        assert stock_of(tickets, event, kind)[1] == 2


def test_a_transaction_that_stays_open_holds_up_no_payment(sale, tickets, payments, provider, producer):
    event, kind = sale
    with taken_back(producer):
        for partition in range(PARTITIONS):
            producer.produce("payments-svc.replies", b"{}", partition=partition)
        assert producer.flush(patience(10)) == 0
        paid_order(tickets, payments, provider, event, kind)


def test_a_command_that_is_taken_back_is_not_done(db, tickets, bus, producer):
    event, kind = on_sale(db)
    order = {"event_id": event["id"], **order_body((kind, 2))}
    with taken_back(producer):
        producer.produce("tickets.commands", json.dumps(order).encode(), event["id"], headers={"ce_type": "order.place"})
        assert producer.flush(patience(10)) == 0
    assert bus.ask("order.place", {"event_id": event["id"], **order_body((kind, 1))}).status == 201
    assert stock_of(tickets, event, kind)[1] == 1
