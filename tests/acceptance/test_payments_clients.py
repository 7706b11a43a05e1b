"""Clients of payments-svc that send slowly, or not at all: it has few threads, and none waits for them."""

import socket
from contextlib import ExitStack
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from support import Rest

SILENT = 200
CHUNKED = b"POST /v1/webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
TOO_LARGE = b"50000\r\n" + b" " * 0x50000 + b"\r\n"
HALF_A_BODY = b"POST /v1/webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"


@pytest.fixture(scope="module")
def narrow(stack):
    """An instance that answers one request at a time."""
    service = stack.add_service("payments-svc", HTTP_THREADS="1")
    service.start()
    yield service
    assert service.stop() == 0


@pytest.fixture
def connect(narrow):
    address = urlsplit(narrow.url)
    with ExitStack() as connections:
        yield lambda: connections.enter_context(
            socket.create_connection((address.hostname, address.port), timeout=60))


def answer_to(sender):
    answer = HTTPResponse(sender)
    answer.begin()
    answer.read()
    return answer


def test_who_connects_and_says_nothing_keeps_nobody_waiting(narrow, connect):
    for _ in range(SILENT):
        connect()
    assert Rest(narrow.url).get("/livez").status_code == 200


@pytest.mark.parametrize("half", [b"G", b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", HALF_A_BODY])
def test_half_a_request_is_not_waited_for_without_end(narrow, connect, half):
    slow = connect()
    slow.sendall(half)
    assert Rest(narrow.url).get("/livez").status_code == 200
    answer = b"".join(iter(lambda: slow.recv(4096), b""))  # up to the end of the connection
    assert answer.startswith(b"HTTP/1.1 4") and b"application/problem+json" in answer, answer


@pytest.mark.parametrize(("body", "status"), [
    (b"zz\r\n{}\r\n0\r\n\r\n", b"400"), (b"0x2\r\n{}\r\n0\r\n\r\n", b"400"),
    (b"2\r\n{}XX0\r\n\r\n", b"400"), (b"2;\n{}\r\n0\r\n\r\n", b"400"),
    (b"2\r\n{}\r\n0\r\nA: b\n\n", b"400"), (b"2\r\n{}\r\n0\r\nA: " + b"b" * 200_000 + b"\r\n\r\n", b"431"),
    (TOO_LARGE + b"zz\r\n", b"413"), (TOO_LARGE + b"0\r\n\r\n", b"413"),
], ids=lambda value: repr(value[:20]))
def test_a_body_in_broken_pieces_is_the_senders_fault(connect, body, status):
    sender = connect()
    sender.sendall(CHUNKED + body)
    answer = sender.recv(4096)
    assert answer[9:12] == status and b"application/problem+json" in answer, answer


def test_a_body_that_is_said_to_be_too_large_is_refused_before_it_comes(connect):
    sender = connect()
    sender.sendall(b"POST /v1/webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\n\r\n")
    assert answer_to(sender).status == 413
    sender.sendall(b" " * 400_000 + b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer_to(sender).status == 200
