"""Dead letters: found, looked at, sent again and put aside, over REST and by the program itself."""

import base64
import hashlib
import json
import secrets
import subprocess

import pytest

from support import Rest, created, eventually, faults, insist, on_sale, order_body, pages, path, problem_of

TOPIC = "tickets.commands-dlt"


def where(letter, *verb):
    return "/".join(["/v1/dead-letters", letter["topic"], str(letter["partition"]), str(letter["offset"]), *verb])


def letters(rest, **params):
    """All of them; asked again where a part is busy."""
    return eventually(lambda: [list(pages(rest, "/v1/dead-letters", **params))])[0]


def get(rest, address, **options):
    def answered():
        answer = rest.get(address, **options)
        assert answer.status_code != 503, answer.text
        return [answer]
    return eventually(answered)[0]


def found(rest, **params):
    """The one dead letter that there is."""
    [letter] = eventually(lambda: letters(rest, **params))
    return letter


def bury(bus, event, body, **headers):
    """A dead letter of a command that could be done now. Its place."""
    given = {"ce_type": "order.place", "kafka_dlt-original-topic": "tickets.commands", "kafka_dlt-original-partition": "0",
             "kafka_dlt-original-offset": "7", "kafka_dlt-original-timestamp": "1777000000000",
             "kafka_dlt-exception-fqcn": "db-svc.Unreadable",
             "kafka_dlt-exception-message": "the database refuses it", **headers}
    partition, offset = bus.produce(TOPIC, json.dumps(body), event["id"], given)
    return {"topic": TOPIC, "partition": partition, "offset": offset}


@pytest.fixture
def order(db):
    """An event, and a command for it that can be found again."""
    event, kind = on_sale(db)
    return event, {"event_id": event["id"], "external_id": secrets.token_hex(12), **order_body((kind, 1))}


def placed(tickets, order):
    event, body = order
    return tickets.get(path(event, "orders"), params={"external_id": body["external_id"]}).json()["items"]


def test_a_dead_letter_is_found_by_topic_reason_and_time(db, bus):
    event, _ = on_sale(db)
    kind = f"order.{secrets.token_hex(12)}"
    bus.produce("tickets.commands", b"{\xff", event["id"], {"ce_type": kind, "odd": b"\xff\x00"})
    letter = found(db, topic=TOPIC, reason=kind)
    assert letters(db, reason=kind.upper(), since=letter["at"]) == letters(db, reason=kind) == [letter]
    assert letters(db, reason=kind, before=letter["at"]) == letters(db, reason=kind, topic="events.commands-dlt") == []
    assert letter["status"] == "open" and kind in letter["reason"] and not letter["truncated"]
    assert (letter["type"], letter["key"], letter["size"]) == (kind, event["id"], 2)
    assert letter["original_topic"] == "tickets.commands"
    shown = get(db, where(letter)).json()
    assert {name: shown[name] for name in letter} == letter
    assert base64.b64decode(shown["value_base64"]) == b"{\xff" and "value" not in shown
    by_name = {header["name"]: header for header in shown["headers"]}
    assert by_name["ce_type"] == {"name": "ce_type", "value": kind}
    assert by_name["odd"] == {"name": "odd", "value_base64": base64.b64encode(b"\xff\x00").decode()}


def test_a_list_has_pages(db, bus, order):
    event, body = order
    mark = secrets.token_hex(12)
    buried = [bury(bus, event, body, **{"kafka_dlt-exception-message": f"{mark} {n}"}) for n in range(5)]
    whole = eventually(lambda: (all_ := letters(db, reason=mark, limit=2)) and len(all_) == 5 and all_)
    assert [{name: one[name] for name in ("topic", "partition", "offset")} for one in whole] == buried
    first = get(db, "/v1/dead-letters", params={"reason": mark, "limit": 2}).json()
    assert len(first["items"]) <= 2 and first["next"]


@pytest.mark.parametrize("identity", [{"ce_id": "once", "ce_source": "/shop"}, {}])
def test_one_that_is_sent_again_is_done_once_however_often(db, bus, tickets, order, identity):
    event, body = order
    headers = {name: f"{value}/{body['external_id']}" for name, value in identity.items()}
    at = {"kafka_dlt-original-offset": str(secrets.randbelow(10 ** 15))}  # whose identity it is without another
    letter = bury(bus, event, body, **headers, **at, timeout_ms="1000")
    for _ in range(2):
        sent = insist(db, where(letter, "resend"))
        assert (sent.status_code, sent.json()["status"]) == (200, "resent"), sent.text
    last = created(tickets.post(path(event, "orders"), order_body(*[
        ({"id": item["ticket_type_id"]}, item["quantity"]) for item in body["items"]])))
    assert last["status"] == "paid"  # comes behind both
    [one] = eventually(lambda: placed(tickets, order))
    assert one["status"] == "paid"
    assert get(db, where(letter)).json()["status"] == "resent"


def test_one_that_was_cut_cannot_be_sent_again(db, bus, order):
    letter = bury(bus, *order, **{"kafka_dlt-original-size": "3000000", "kafka_dlt-original-sha256": "0" * 64})
    assert get(db, where(letter)).json()["truncated"]
    problem_of(insist(db, where(letter, "resend")), 409, "truncated")
    assert get(db, where(letter)).json()["status"] == "open"


def test_one_that_is_discarded_is_marked_and_stays(db, bus, order, stack):
    mark = secrets.token_hex(12)
    letter = bury(bus, *order, **{"kafka_dlt-exception-message": mark})
    for _ in range(2):
        discarded = insist(db, where(letter, "discard"))
        assert (discarded.status_code, discarded.json()["status"]) == (200, "discarded"), discarded.text
    assert letters(db, reason=mark, status="open") == []
    stack["db-svc"].restart()
    [one] = eventually(lambda: letters(db, reason=mark, status="discarded"))
    assert one["status_at"] and {name: one[name] for name in letter} == letter


@pytest.mark.parametrize("place", ["tickets.commands/0/0", "nothing-dlt/0/0", f"{TOPIC}/0/99999999999", f"{TOPIC}/99/0",
                                   f"{TOPIC}/-1/0", f"{TOPIC}/0/x", f"{TOPIC}/0/99999999999999999999"])
def test_what_is_not_there_is_not_found(db, place):
    problem_of(get(db, f"/v1/dead-letters/{place}"), 404, "not_found")
    for verb in ("resend", "discard"):
        problem_of(insist(db, f"/v1/dead-letters/{place}/{verb}"), 404, "not_found")


def test_every_fault_of_a_question_is_named(db):
    asked = get(db, "/v1/dead-letters", params={"topic": "tickets.commands", "since": "yesterday", "limit": 0, "status": "new",
                                               "cursor": "", "order": "1"})
    problem = problem_of(asked, 422, "validation_failed")
    assert {one["parameter"]: one["code"] for one in problem["errors"]} == {
        "topic": "not_allowed", "since": "invalid_time", "limit": "too_small", "status": "not_allowed",
        "cursor": "too_short", "order": "unknown_member"}
    for cursor in ("x", "tickets.commands/0/0", f"{TOPIC}/99/0", f"{TOPIC}/0/0/0"):
        refused = problem_of(get(db, "/v1/dead-letters", params={"cursor": cursor}), 422, "validation_failed")
        assert faults(refused, "parameter") == {"cursor": "not_allowed"}


def test_only_an_administrator_sees_dead_letters(stack, bus, order, tmp_path):
    letter = bury(bus, *order)
    keys = {scope: secrets.token_hex(24) for scope in ("admin", "read", "sell")}
    file = tmp_path / "keys"
    file.write_text("".join(f"{scope}:{hashlib.sha256(key.encode()).hexdigest()}:{scope}\n" for scope, key in keys.items()))
    guarded = stack.add_service("db-svc", API_KEYS_FILE=str(file))
    guarded.start()
    try:
        for scope, key in keys.items():
            rest = Rest(guarded.url, key=key)
            for answer in (get(rest, "/v1/dead-letters"), get(rest, where(letter)), insist(rest, where(letter, "discard"))):
                assert answer.status_code == (200 if scope == "admin" else 403), answer.text
    finally:
        guarded.stop()


def test_the_program_does_the_same(db, bus, tickets, order, stack):
    mark = secrets.token_hex(12)
    letter = bury(bus, *order, **{"ce_id": mark, "kafka_dlt-exception-message": mark})
    service = stack["db-svc"]

    def run(*arguments):
        return subprocess.run([*service.command(), "--dead-letters", *arguments], env=service.environment(), text=True,
                              capture_output=True, check=False)

    def done(*arguments):
        def once():
            ended = run(*arguments)
            assert ended.returncode == 0, ended.stderr
            return json.loads(ended.stdout)
        return eventually(once)
    listed = eventually(lambda: run("list", f"topic={TOPIC}", f"reason={mark}").stdout)
    assert json.loads(listed) == found(db, reason=mark)
    place = f"{letter['topic']}/{letter['partition']}/{letter['offset']}"
    assert done("show", place) == get(db, where(letter)).json()
    assert done("resend", place)["status"] == "resent"
    eventually(lambda: placed(tickets, order))
    assert done("discard", place)["status"] == "discarded"
    missing = eventually(lambda: (ended := run("show", f"{TOPIC}/0/99999999999")).stderr.startswith("Not found") and ended)
    assert (missing.returncode, missing.stdout) == (1, "")
    for wrong in ((), ("bury",), ("show",), ("show", "x"), ("list", "limit=0"), ("list", "x")):
        refused = run(*wrong)
        assert refused.returncode == 2 and refused.stderr and not refused.stdout, (wrong, refused)
