"""Whatever is sent, the answer says clearly what is wrong with it, and never 5xx."""

import gzip
import json
import socket

import pytest

from support import (attendee_body, created, event_body, faults, new_event, on_sale, order_body, path,
                     problem_of, ticket_type_body)

JSON = {"Content-Type": "application/json"}
BODY_LIMIT = 256 * 1024


@pytest.fixture(scope="module")
def sale(db):
    return on_sale(db)


def raw(service, address, data, method="POST", **headers):
    return service.request(method, address, data=data, headers={**JSON, **headers})


# Not JSON

@pytest.mark.parametrize("text", [
    b"", b"{", b"nonsense", b"{'name': 1}", b'{"name": "a",}', b'{"name": "a"} {}', b'{"name": NaN}',
    b'{"name": "\xff\xfe"}', b'{"name": "a", "name": "b"}', b'{"a": {"b": 1, "b": 2}}', b"\x00" * 100,
    b"[" * 100_000, b'{"a":' * 20_000, b'{"name": "\\ud800"}', b'{"name": "a\\u0000b"}',
], ids=lambda text: repr(text[:24]))
def test_what_is_not_json_is_refused(db, text):
    problem_of(raw(db, "/v1/events", text), 400, "invalid_json")


@pytest.mark.parametrize("text", ["[]", "1", '"text"', "null", "true"])
def test_a_body_is_an_object(db, text):
    problem = problem_of(raw(db, "/v1/events", text), 422, "validation_failed")
    assert faults(problem) == {"#": "wrong_type"}


def test_a_number_beyond_all_bounds_is_refused(db, sale):
    event, _ = sale
    for number in ("1" + "0" * 30, "1e999", "-1e999", "9223372036854775808", "1.5", "-1"):
        text = json.dumps(ticket_type_body()).replace('"capacity": 100', f'"capacity": {number}')
        problem_of(raw(db, path(event, "ticket-types"), text), 422, "validation_failed")


def test_nothing_controls_hides_in_text(db):
    for text in ("a\u0001b", "a\u001bb", "\u0007"):
        problem = problem_of(db.post("/v1/events", event_body(name=text)), 422, "validation_failed")
        assert faults(problem) == {"#/name": "invalid_text"}


def test_a_number_that_no_member_holds_is_named_with_the_other_faults(db, bus):
    event = new_event(db)
    text = json.dumps(ticket_type_body(name="")).replace('"capacity": 100', '"capacity": 18446744073709551616')
    expected = {"#/name": "too_short", "#/capacity": "too_large"}
    assert faults(problem_of(raw(db, path(event, "ticket-types"), text), 422, "validation_failed")) == expected
    text = text.replace("{", f'{{"event_id": "{event["id"]}", ', 1)
    reply = bus.ask("ticket_type.create", text.encode(), event["id"])
    assert (reply.status, faults(reply.json)) == (422, expected)


@pytest.mark.parametrize("text", ["a\r\nBcc: b@example.org", "a\tb", "\u202egpj.exe", "a\u2028b", " ", "\u200b"],
                         ids=ascii)
def test_what_is_one_line_is_one_line(db, tickets, attendees, notify, sale, text):
    event, kind = sale
    for service, address, body, pointers in (
            (db, "/v1/events", event_body(name=text, location=text, category=text, external_id=text,
                                          metadata={"k": text}),
             ["#/name", "#/location", "#/category", "#/external_id", "#/metadata/k"]),
            (db, path(event, "ticket-types"), ticket_type_body(name=text, type=text), ["#/type", "#/name"]),
            (tickets, path(event, "orders"), {**order_body((kind, 1)), "external_id": text,
                                              "buyer": {"name": text, "email": "ada@example.org"}},
             ["#/external_id", "#/buyer/name"]),
            (tickets, path(event, "check-ins"), {"code": "abc", "gate": text, "nonce": text}, ["#/gate", "#/nonce"]),
            (attendees, path(event, "attendees"), attendee_body(name=text), ["#/name"]),
            (notify, path(event, "notifications"),
             {"channel": "email", "subject": text, "message": "Two\nlines",
              "audience": {"recipients": [{"name": text, "email": "ada@example.org"}]}},
             ["#/subject", "#/audience/recipients/0/name"])):
        problem = problem_of(service.post(address, body), 422, "validation_failed")
        assert faults(problem) == {pointer: "invalid_text" for pointer in pointers}, address


def test_a_description_may_have_lines(db):
    assert created(db.post("/v1/events", event_body(description="Two\r\nlines\tand more")))


# Not what this takes

@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded",
                                        "application/json; charset=utf-16", "multipart/form-data", "json", ""])
def test_another_media_type_is_refused(db, media_type):
    answer = db.request("POST", "/v1/events", data=json.dumps(event_body()),
                        headers={"Content-Type": media_type})
    problem_of(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_coded_body_is_refused(db, attendees, sale, coding):
    event, _ = sale
    body = gzip.compress(json.dumps(event_body()).encode())
    answer = db.request("POST", "/v1/events", data=body,
                        headers={"Content-Type": "application/json", "Content-Encoding": coding})
    problem = problem_of(answer, 415, "unsupported_media_type")
    assert problem["errors"][0]["header"] == "Content-Encoding"
    assert answer.headers["Accept-Encoding"] == "identity"
    answer = attendees.request("POST", path(event, "attendees/import"), data=gzip.compress(b"name,email\n"),
                               headers={"Content-Type": "text/csv", "Content-Encoding": coding})
    problem_of(answer, 415, "unsupported_media_type")


def test_json_may_say_its_charset(db):
    answer = db.request("POST", "/v1/events", data=json.dumps(event_body()),
                        headers={"Content-Type": "application/json; charset=UTF-8"})
    created(answer)


def test_a_merge_patch_is_only_for_patch(db, sale):
    event, _ = sale
    headers = {"Content-Type": "application/merge-patch+json"}
    problem_of(db.put(path(event), event_body(), headers=headers), 415, "unsupported_media_type")
    assert db.patch(path(event), {}, headers=headers).status_code == 200


def test_who_accepts_only_something_else_is_told_so(db):
    problem_of(db.get("/v1/events", headers={"Accept": "text/html"}), 406, "not_acceptable")
    assert db.get("/v1/events", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


def test_a_body_of_256_kib_is_read_and_one_more_byte_is_not(db):
    text = json.dumps(event_body(description="x"))
    whole = text + " " * (BODY_LIMIT - len(text))
    created(raw(db, "/v1/events", whole))
    problem_of(raw(db, "/v1/events", whole + " "), 413, "payload_too_large")
    problem_of(raw(db, "/v1/events", iter([whole.encode(), b" "])), 413, "payload_too_large")


def test_more_headers_or_a_longer_address_than_anyone_needs_is_refused(db):
    assert db.get("/v1/events", headers={"X-Long": "x" * 100_000}).status_code in (413, 431)
    assert db.get("/v1/events?q=" + "x" * 100_000).status_code in (413, 414, 431)


# Every fault at once

def test_every_fault_of_an_event_is_named_at_once(db):
    body = {"name": "", "starts_at": "tomorrow", "time_zone": "Mars/Olympus", "location": 7,
            "currency": "euro", "status": "sold", "colour": "red", "metadata": {"a": 1},
            "description": "x" * 10001}
    problem = problem_of(db.post("/v1/events", body), 422, "validation_failed")
    assert faults(problem) == {
        "#/name": "too_short", "#/starts_at": "invalid_time", "#/time_zone": "invalid_time_zone",
        "#/location": "wrong_type", "#/category": "required", "#/currency": "invalid_currency",
        "#/status": "not_allowed", "#/colour": "unknown_member", "#/metadata/a": "wrong_type",
        "#/description": "too_long"}


def test_a_time_that_is_out_of_order_is_named_with_the_other_faults(db, sale):
    event, _ = sale
    problem = problem_of(db.post("/v1/events", event_body(name="", ends_at="2029-01-01T00:00:00Z")), 422,
                         "validation_failed")
    assert faults(problem) == {"#/name": "too_short", "#/ends_at": "must_be_after"}
    kind = ticket_type_body(capacity=-1, sales_start="2030-01-02T00:00:00Z", sales_end="2030-01-01T00:00:00Z")
    problem = problem_of(db.post(path(event, "ticket-types"), kind), 422, "validation_failed")
    assert faults(problem) == {"#/capacity": "too_small", "#/sales_end": "must_be_after"}


def test_every_fault_of_an_order_is_named_where_it_is(tickets, sale):
    event, kind = sale
    body = {"items": [{"ticket_type_id": kind["id"], "quantity": 0}, {"ticket_type_id": "event_1"},
                      {"ticket_type_id": kind["id"], "quantity": 1, "price": 1}, 5],
            "buyer": {"email": "nobody", "phone": "600"}, "hold_seconds": "long"}
    problem = problem_of(tickets.post(path(event, "orders"), body), 422, "validation_failed")
    assert faults(problem) == {
        "#/items/0/quantity": "too_small", "#/items/1/ticket_type_id": "invalid_id",
        "#/items/1/quantity": "required", "#/items/2/price": "unknown_member", "#/items/3": "wrong_type",
        "#/buyer/name": "required", "#/buyer/email": "invalid_email", "#/buyer/phone": "invalid_phone",
        "#/hold_seconds": "wrong_type"}


@pytest.mark.parametrize(("change", "expected"), [
    ({"items": []}, {"#/items": "too_short"}),
    ({"items": None}, {"#/items": "required"}),
    ({"items": {}}, {"#/items": "wrong_type"}),
    ({"buyer": {}}, {"#/buyer/name": "required", "#/buyer/email": "required"}),
    ({"buyer": "Ada"}, {"#/buyer": "wrong_type"}),
    ({"metadata": {str(n): "" for n in range(21)}}, {"#/metadata": "too_long"}),
    ({"external_id": "x" * 101}, {"#/external_id": "too_long"}),
])
def test_orders_that_are_none(tickets, sale, change, expected):
    event, kind = sale
    answer = tickets.post(path(event, "orders"), {**order_body((kind, 1)), **change})
    assert faults(problem_of(answer, 422, "validation_failed")) == expected


def test_an_order_of_more_than_100_tickets_or_of_one_type_twice_is_none(tickets, sale):
    event, kind = sale
    for items, fault in (([(kind, 101)], {"#/items/0/quantity": "too_large"}),
                         ([(kind, 1), (kind, 1)], {"#/items/1/ticket_type_id": "duplicate"})):
        problem = problem_of(tickets.post(path(event, "orders"), order_body(*items)), 422, "validation_failed")
        assert faults(problem) == fault


@pytest.mark.parametrize(("price", "expected"), [
    ({"amount": -1, "currency": "EUR"}, {"#/price/amount": "too_small"}),
    ({"amount": 1.5, "currency": "EUR"}, {"#/price/amount": "wrong_type"}),
    ({"amount": 1}, {"#/price/currency": "required"}),
    ({"amount": "1", "currency": "eur"}, {"#/price/amount": "wrong_type", "#/price/currency": "invalid_currency"}),
    (25, {"#/price": "wrong_type"}),
])
def test_prices_that_are_none(db, sale, price, expected):
    event, _ = sale
    answer = db.post(path(event, "ticket-types"), ticket_type_body(price=price))
    assert faults(problem_of(answer, 422, "validation_failed")) == expected


def test_every_fault_of_a_person_is_named_at_once(attendees, sale):
    event, _ = sale
    body = attendee_body(name="x" * 201, email="a@b@", phone="+0")
    problem = problem_of(attendees.post(path(event, "attendees"), body), 422, "validation_failed")
    assert faults(problem) == {"#/name": "too_long", "#/email": "invalid_email", "#/phone": "invalid_phone"}


def test_lengths_count_characters_not_bytes(db):
    created(db.post("/v1/events", event_body(name="\U0001f3ab" * 200)))
    answer = db.post("/v1/events", event_body(name="\U0001f3ab" * 201))
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/name": "too_long"}


def test_a_fault_says_the_limit(tickets, sale):
    event, kind = sale
    problem = tickets.post(path(event, "orders"), order_body((kind, 101))).json()
    assert problem["errors"][0]["limit"] == 100


# Not here

@pytest.mark.parametrize("address", ["/", "/v1", "/v1/events/", "/v2/events", "/v1/events/x/y/z/w", "/V1/events",
                                     "/v1//events", "/%00", "/v1/events/%2e%2e"])
def test_an_address_that_leads_nowhere_is_not_found(db, address):
    problem_of(db.get(address), 404, "not_found")


def test_another_method_is_told_which_there_are(db, tickets, sale):
    event, _ = sale
    for service, method, address, allowed in (
            (db, "PATCH", "/v1/events", {"GET", "HEAD", "POST", "OPTIONS"}),
            (db, "POST", path(event), {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
            (tickets, "DELETE", path(event, "orders"), {"GET", "HEAD", "POST", "OPTIONS"}),
            (tickets, "POST", "/v1/events", {"GET", "HEAD", "OPTIONS"})):
        answer = service.request(method, address)
        problem_of(answer, 405, "method_not_allowed")
        assert set(answer.headers["Allow"].split(", ")) == allowed, (method, address)


def test_head_is_get_without_the_body(db, sale):
    event, _ = sale
    head, get = db.request("HEAD", path(event)), db.get(path(event))
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", get.headers["ETag"])


def test_an_if_match_that_is_none_is_refused(db, sale):
    event, _ = sale
    problem = problem_of(db.patch(path(event), {}, headers={"If-Match": "seven"}), 400, "invalid_request")
    assert problem["errors"][0]["header"] == "If-Match"


def test_a_command_takes_no_query_string(db):
    problem = problem_of(db.post("/v1/events?draft=yes", event_body()), 422, "validation_failed")
    assert faults(problem, "parameter") == {"draft": "unknown_member"}


# Not HTTP

def talk(service, *pieces):
    """The first bytes of the answer to these; empty if the service closed."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        try:
            return connection.recv(4096)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("pieces", [
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)],
    [b"GET\r\n\r\n"], [b"GET / HTTP/9.9\r\n\r\n"], [b"get /v1/events\r\n\r\n"],
    [b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n{}"],
    [b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ten\r\n\r\n{}"],
    [b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
     b"Content-Length: 3\r\n\r\n{}"],
    [b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
     b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"],
    [b"GET /v1/\xff\x01 HTTP/1.1\r\nHost: x\r\n\r\n"],
], ids=lambda pieces: repr(pieces[0][:40]))
def test_what_is_not_http_is_refused_or_closed(db, pieces):
    answer = talk(db, *pieces, b"\r\n\r\n")
    status = answer[9:12]
    assert status in (b"", b"505") or status.startswith(b"4"), answer[:200]
    assert db.get("/livez").status_code == 200


@pytest.mark.parametrize(("request_", "status"), [
    (b"GET /livez?" + b"&" * 400 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
    (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 10240 + b"\r\n\r\n", b"431"),
    (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 150 + b"\r\n", b"431"),
    (b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n" + (b"2000\r\n" + b" " * 8192 + b"\r\n") * 256 + b"0\r\n\r\n", b"413"),
    (b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n2;" + b"a" * 30720 + b"\r\n{}\r\n0\r\n\r\n", b"400"),
    (b"GET /livez\0/xx HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n", b"400"),
    (b"DELETE /v1/events/event_1 HTTP/1.1\r\nHost: localhost\r\nIf-Match: \"1\"\r\nIf-Match: *\r\n\r\n", b"400"),
], ids=lambda value: repr(value[:20]))
def test_what_is_too_large_or_broken_is_answered(db, request_, status):
    answer = talk(db, request_)
    assert answer[9:12] == status and b"application/problem+json" in answer, answer[:200]


def test_a_body_that_never_comes_does_not_hold_up_others(db):
    host, port = db.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 1000\r\n\r\n{")
        assert new_event(db)["id"]
        slow.shutdown(socket.SHUT_WR)
        answer = slow.recv(4096)
        assert answer[9:12] == b"400" and b"application/problem+json" in answer, "it is told that the rest is missing"


# The same over Kafka

@pytest.mark.parametrize(("change", "expected"), [
    ({"items": []}, {"#/items": "too_short"}),
    ({"colour": "red"}, {"#/colour": "unknown_member"}),
    ({"event_id": "event_1"}, {"#/event_id": "invalid_id"}),
    ({"event_id": None}, {"#/event_id": "invalid_id"}),
])
def test_a_message_is_checked_like_a_request(bus, sale, change, expected):
    event, kind = sale
    reply = bus.ask("order.place", {"event_id": event["id"], **order_body((kind, 1)), **change}, event["id"])
    assert (reply.status, faults(reply.json)) == (422, expected)
