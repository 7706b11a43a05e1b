"""Messages that nobody should send, while sales go on."""

import hashlib
import json
import os
import socket

import pytest
from confluent_kafka import Producer
from crowd import Crowd
from resources import check_growth, usage

from support import eventually, on_sale, order_body, pages, path, patience

PATIENCE_S = 60
ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "1"))  # after the first; 20 take about a minute

HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST ADDRESS" + HEAD + b"Content-Type: application/json\r\n"
COLLECTIONS = {"db-svc": "ticket-types", "tickets-svc": "orders", "attendees-svc": "attendees",
               "notify-svc": "notifications"}
REQUESTS = [
    (b"GET /livez?" + b"&%" * 400 + HEAD + b"\r\n", b"414"),
    (b"GET /livez" + HEAD + b"Cookie: " + b"a" * 10240 + b"\r\n\r\n", b"431"),
    (b"GET /livez" + HEAD + b"A: b\r\n" * 150 + b"\r\n", b"431"),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n2;" + b"a" * 30720 + b"\r\n{}\r\n0\r\n\r\n", b"400"),
    (POST + b"Content-Length: 300000\r\n\r\n" + bytes(300_000), b"413"),
    (POST + b"Content-Length: 1000\r\n\r\n{", b"400"),
    (b"GET /livez\0/xx" + HEAD + b"\r\n", b"400"),
    (b"GET /livez" + HEAD + b"X: a\rb\r\n\r\n", b"400"),
    (b"GET /livez" + HEAD + b"If-Match: \"1\"\r\nIf-Match: *\r\n\r\n", b"400"),
]


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


def _send_hostile_messages(stack, events):
    ids = [event["id"] for event in events]
    send_compressed(stack, "gzip", bytes(3_000_000), ids)
    send_compressed(stack, "gzip", bytes(100_000_000), ids[:1])
    send_compressed(stack, "zstd", bytes(150_000_000), ids[1:2])
    for value in (b"", b"{", b"null", b'"' + b"a" * 500_000 + b'"', b"[" * 100_000):
        send_compressed(stack, "none", value, ids)


def _send_hostile_requests(url, address):
    host, port = url.removeprefix("http://").split(":")
    for request, status in REQUESTS:
        with socket.create_connection((host, int(port)), timeout=patience(PATIENCE_S)) as connection:
            connection.sendall(request.replace(b"ADDRESS", address.encode()))
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)
        assert answer[9:12] == status, (request[:60], answer[:60])


def _hurt(stack, bus, crowd, misplaced):
    """Returns how many orders came of it: a command in the wrong partition is sent on, and done."""
    _send_hostile_messages(stack, [event for event, _ in crowd.sales])
    event, kind = misplaced
    for name, collection in COLLECTIONS.items():
        _send_hostile_requests(stack[name].url, path(event, collection))
    body = json.dumps({"event_id": event["id"], **order_body((kind, 1))}).encode()
    for partition in range(8):
        bus.produce("tickets.commands", body, event["id"], {"ce_specversion": "1.0", "ce_type": "order.place"},
                    partition=partition)
    crowd.wait_for_sales(PATIENCE_S)
    return 8


def test_sixty_four_buyers_are_answered_among_all_of_it(stack, db, tickets, bus):
    facts = bus.follow("tickets.facts")
    misplaced = on_sale(db, capacity=100_000)
    with Crowd(db, tickets, buyers=64) as crowd:
        sent = _hurt(stack, bus, crowd, misplaced)  # pools have their size after it
        before = usage(stack)
        for _ in range(ROUNDS):
            sent += _hurt(stack, bus, crowd, misplaced)
        after = usage(stack)
    assert before.keys() == after.keys(), "a service ended"
    check_growth(before, after)
    crowd.check(facts, tickets, db)
    eventually(lambda: len(list(pages(tickets, path(misplaced[0], "orders"), limit=500))) >= sent, PATIENCE_S)
    assert len(list(pages(tickets, path(misplaced[0], "orders"), limit=500))) == sent
