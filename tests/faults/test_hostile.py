"""Messages that nobody should send, while sales go on."""

import hashlib
import json

import pytest
from confluent_kafka import Producer

from support import eventually, on_sale, order_body, pages, path, patience

PATIENCE_S = 60


def send_compressed(stack, codec, value, keys):
    """One message a key, which counts compressed for the broker."""
    producer = Producer({"bootstrap.servers": stack["kafka"].brokers, "partitioner": "murmur2_random",
                         "compression.type": codec, "message.max.bytes": 1_000_000_000, "log_level": 0})
    failed = []
    for key in keys:
        producer.produce("tickets.commands", value, key,
                         on_delivery=lambda error, message: failed.append(error) if error else None)
    assert producer.flush(patience(PATIENCE_S)) == 0 and not failed, failed


@pytest.mark.parametrize("size", [3_000_000, 100_000_000])
def test_a_message_of_any_size_stops_no_partition(stack, crowd, bus, size):
    dead = bus.follow("tickets.commands-dlt")
    junk = bytes(size)
    send_compressed(stack, "gzip", junk, [event["id"] for event, _ in crowd.sales])
    for _ in crowd.sales:
        letter = dead.find(lambda record: record.header("kafka_dlt-original-size") == str(size), PATIENCE_S)
        assert letter.header("kafka_dlt-original-topic") == "tickets.commands"
        assert letter.header("kafka_dlt-original-sha256") == hashlib.sha256(junk).hexdigest()
        assert 0 < len(letter.value) < 1_000_000
        assert junk.startswith(letter.value)
    crowd.wait_for_sales()


def test_a_batch_that_cannot_be_unpacked_stops_no_partition(stack, crowd, bus):
    dead = bus.follow("tickets.commands-dlt")
    send_compressed(stack, "zstd", bytes(150_000_000), [event["id"] for event, _ in crowd.sales[:2]])
    for _ in crowd.sales[:2]:
        letter = dead.find(lambda record: not record.value, PATIENCE_S)
        assert "unpacked" in letter.header("kafka_dlt-exception-message")
    crowd.wait_for_sales()


def test_headers_that_fit_into_no_dead_letter_stop_no_partition(stack, crowd, bus):
    dead = bus.follow("tickets.commands-dlt")
    producer = Producer({"bootstrap.servers": stack["kafka"].brokers, "partitioner": "murmur2_random",
                         "compression.type": "gzip", "message.max.bytes": 100_000_000, "log_level": 0})
    for event, _ in crowd.sales:
        producer.produce("tickets.commands", b"{}", event["id"],
                         headers=[("ce_type", b"order.place"), ("large", bytes(3_000_000))])
    assert producer.flush(patience(PATIENCE_S)) == 0
    for _ in crowd.sales:
        letter = dead.find(lambda record: record.header("ce_type") == "order.place", PATIENCE_S)
        assert "large" not in letter.headers
    crowd.wait_for_sales()


def test_a_command_without_an_id_that_is_sent_on_runs_once(stack, db, tickets, bus):
    """db-svc dies after it has sent the command where it belongs, and before it has noted that."""
    event, kind = on_sale(db, capacity=100)
    commands = bus.follow("tickets.commands")
    home = _partition_of(bus, event)
    headers = {"ce_specversion": "1.0", "ce_type": "order.place"}
    body = {"event_id": event["id"], **order_body((kind, 1))}
    for wrong in [partition for partition in range(8) if partition != home][:4]:
        bus.produce("tickets.commands", json.dumps(body).encode(), event["id"], headers, partition=wrong)
        commands.find(lambda record: record.partition == home and record.type == "order.place")
        stack["db-svc"].kill()
        stack["db-svc"].start()
    eventually(lambda: len(list(pages(tickets, path(event, "orders")))) >= 4, within=30)
    # Whatever came twice has been read by now: a later command of the same partition is answered.
    assert bus.ask("order.place", body, within=30).status == 201
    assert len(list(pages(tickets, path(event, "orders")))) == 5


def _partition_of(bus, event):
    """Where the producer's partitioner, which is Java's, puts the event."""
    return bus.produce("tickets.queries", b"{}", event["id"])[0]
