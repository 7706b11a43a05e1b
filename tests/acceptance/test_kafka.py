"""Systems that integrate over Kafka instead of REST."""

import json
import secrets
import shutil
import subprocess
import uuid

import pytest

from support import (assert_problem, at_once, created, eventually, new_event, on_sale, order_body, pages,
                     path, stock_of)

PARTITIONS = 8


def command(event, *items, **changes):
    return {"event_id": event["id"], **order_body(*items, **changes)}


def headers(kind, **more):
    return {"ce_specversion": "1.0", "ce_id": str(uuid.uuid4()), "ce_source": "/tests", "ce_type": kind,
            "content-type": "application/json", **more}


@pytest.fixture
def reply_topic(bus):
    topic = f"tests-{secrets.token_hex(6)}.replies"
    bus.create_topic(topic)
    return topic


# Commands and queries

def test_an_order_is_placed_and_answered_on_the_topic_that_was_named(db, tickets, bus):
    event, kind = on_sale(db)
    reply = bus.ask("order.place", command(event, (kind, 2)))
    assert (reply.status, reply.type) == (201, "order.place.reply")
    assert reply.json["total"] == {"amount": 5000, "currency": "EUR"}
    assert len(reply.json["tickets"]) == 2
    assert tickets.get(path(event, "orders", reply.json)).json() == reply.json
    assert reply.header("content-type") == "application/json"
    assert "kafka_nest-is-disposed" in reply.headers
    assert "kafka_nest-err" not in reply.headers
    assert json.loads(reply.headers["stock"])[0]["sold"] == 2


def test_a_refusal_is_answered_as_over_rest(db, bus):
    event, kind = on_sale(db, capacity=1)
    reply = bus.ask("order.place", command(event, (kind, 2)))
    assert_problem(reply.json, 409, "sold_out")
    assert (reply.status, reply.json["available"]) == (409, 1)
    assert reply.header("content-type") == "application/problem+json"
    assert json.loads(reply.header("kafka_nest-err")) == reply.json


def test_a_whole_life_of_an_event_goes_over_kafka(bus):
    event = bus.ask("event.create", {"name": "Recital", "starts_at": "2030-01-01T20:00:00Z", "time_zone": "UTC",
                                     "location": "Hall", "category": "concert", "currency": "EUR"},
                    key=str(uuid.uuid4())).json
    at = {"event_id": event["id"]}
    kind = bus.ask("ticket_type.create", {**at, "type": "vip", "name": "Box", "capacity": 10,
                                          "price": {"amount": 9000, "currency": "EUR"}}).json
    assert bus.ask("event.update", {**at, "patch": {"status": "published"}}).json["status"] == "published"
    order = bus.ask("order.place", command(event, (kind, 1), hold_seconds=60)).json
    assert order["status"] == "held"
    assert bus.ask("order.confirm", {**at, "order_id": order["id"]}).json["status"] == "paid"
    assert bus.ask("order.get", {**at, "order_id": order["id"]}).json["status"] == "paid"
    assert bus.ask("availability.get", at).json["items"][0]["available"] == 9
    person = bus.ask("attendee.register", {**at, "name": "Ada", "email": "ada@example.org"}).json
    assert bus.ask("attendee.confirm", {**at, "attendee_id": person["id"]}).json["status"] == "confirmed"
    assert bus.ask("attendee.list", {**at, "status": "confirmed", "limit": 5}).json["items"][0]["name"] == "Ada"
    assert bus.ask("order.cancel", {**at, "order_id": order["id"]}).json["status"] == "cancelled"
    assert bus.ask("event.delete", at).status == 204
    assert bus.ask("event.get", at).status == 404


def test_if_match_is_heeded(db, bus):
    event = new_event(db)
    at = {"event_id": event["id"], "patch": {"name": "Matinee"}}
    reply = bus.ask("event.update", at, headers={"if_match": '"1"'})
    assert (reply.status, reply.header("etag")) == (200, '"2"')
    assert bus.ask("event.update", at, headers={"if_match": '"1"'}).status == 412


def test_one_event_commands_are_done_in_order(db, bus):
    event = new_event(db)
    for number in range(30):
        bus.send("event.update", {"event_id": event["id"], "patch": {"name": f"name {number}"}})
    last = bus.ask("event.update", {"event_id": event["id"], "patch": {"location": "Hall"}})
    assert last.json["name"] == "name 29"
    assert last.json["version"] == 32


# Facts

def test_the_fact_of_a_sale_arrives_and_says_nothing_private(db, bus):
    event, kind = on_sale(db)
    facts = bus.follow("tickets.facts")
    reply = bus.ask("order.place", command(event, (kind, 2), buyer="secret@example.org"))
    fact = facts.find(lambda record: record.type == "order.placed" and record.key.decode() == event["id"])
    assert fact.json["order_id"] == reply.json["id"]
    assert fact.json["event_id"] == event["id"]
    assert fact.json["status"] == "paid"
    assert fact.json["total"] == {"amount": 5000, "currency": "EUR"}
    assert fact.json["items"] == [{"ticket_type_id": kind["id"], "quantity": 2}]
    [stock] = fact.json["stock"]
    assert (stock["ticket_type_id"], stock["capacity"], stock["sold"], stock["held"]) == (kind["id"], 100, 2, 0)
    for name in ("ce_specversion", "ce_id", "ce_source", "ce_time", "ce_sequence", "content-type"):
        assert fact.header(name), name
    told = fact.value.decode() + repr(fact.headers)
    for private in ("secret@example.org", "Ada", *(ticket["code"] for ticket in reply.json["tickets"])):
        assert private not in told


def test_facts_of_an_event_are_numbered_upwards_and_stock_is_absolute(db, tickets, bus):
    event, kind = on_sale(db)
    facts = bus.follow("tickets.facts", from_beginning=True)
    at_once(16, lambda _: created(tickets.post(path(event, "orders"), order_body((kind, 1)))))
    held = created(tickets.post(path(event, "orders"), order_body((kind, 3), hold_seconds=600)))
    tickets.post(path(event, "orders", held, "cancel"))

    seen = []

    def all_told():
        while record := facts.next(0.2):
            if record.key and record.key.decode() == event["id"]:
                seen.append(record)
        return seen and seen[-1].type == "order.cancelled"
    eventually(all_told)
    assert [fact.type for fact in seen] == (
        ["ticket_type.created"] + ["order.placed"] * 17 + ["order.cancelled"])
    numbers = [int(fact.header("ce_sequence")) for fact in seen]
    assert numbers == sorted(set(numbers))
    assert len({fact.header("ce_id") for fact in seen}) == len(seen)
    assert [fact.json["stock"][0]["sold"] for fact in seen] == [*range(17), 16, 16]
    assert [fact.json["stock"][0]["held"] for fact in seen[-2:]] == [3, 0]
    revs = [fact.json["stock"][0]["rev"] for fact in seen]
    assert revs == sorted(set(revs))


def test_every_module_tells_its_facts(db, attendees, bus):
    followers = {module: bus.follow(f"{module}.facts") for module in ("events", "attendees", "notifications")}
    event = new_event(db)
    person = created(attendees.post(path(event, "attendees"), {"name": "Secret", "email": "secret@example.org"}))
    created(db.post(path(event, "notifications"), {"channel": "email", "subject": "S", "message": "Secret",
                                                   "audience": {"all": True}}))
    for module, kind in (("events", "event.created"), ("attendees", "attendee.registered"),
                         ("notifications", "notification.created")):
        fact = followers[module].find(lambda record, kind=kind: record.type == kind and
                                      record.key.decode() == event["id"])
        assert fact.json["event_id"] == event["id"]
        assert "ecret" not in fact.value.decode()
    assert person["status"] == "unconfirmed"


# Other people's clients

def test_spring_is_answered_on_the_partition_and_with_the_bytes_it_sent(db, bus):
    event, kind = on_sale(db)
    topic = f"tests-{secrets.token_hex(6)}.replies"
    bus.create_topic(topic, partitions=4)
    replies = bus.follow(topic)
    correlation = b"\x00\xff\xfe" + secrets.token_bytes(13)
    bus.produce("tickets.commands", json.dumps(command(event, (kind, 1))), event["id"],
                headers("order.place", kafka_replyTopic=topic, kafka_replyPartition=b"\x00\x00\x00\x03",
                        kafka_correlationId=correlation))
    reply = replies.next()
    assert reply.headers["kafka_correlationId"] == correlation
    assert (reply.partition, reply.status) == (3, 201)


def test_nestjs_is_answered_on_its_topic_as_it_expects(db, bus):
    event, kind = on_sale(db, capacity=1)
    replies = bus.follow("tickets.commands.reply")
    for partition, status in ((5, 201), (6, 409)):
        correlation = secrets.token_hex(10)
        bus.produce("tickets.commands", json.dumps(command(event, (kind, 1))), event["id"],
                    headers("order.place", kafka_replyTopic="tickets.commands.reply",
                            kafka_replyPartition=str(partition), kafka_correlationId=correlation))
        reply = replies.find(lambda record, wanted=correlation: record.header("kafka_correlationId") == wanted)
        assert (reply.partition, reply.status) == (partition, status)
        assert "kafka_nest-is-disposed" in reply.headers
        assert ("kafka_nest-err" in reply.headers) == (status >= 400)


def test_cloudevents_in_structured_mode_are_understood(db, bus, reply_topic):
    event, kind = on_sale(db)
    replies = bus.follow(reply_topic)
    envelope = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/tests", "type": "order.place",
                "datacontenttype": "application/json", "data": command(event, (kind, 1))}
    for _ in range(2):
        bus.produce("tickets.commands", json.dumps(envelope), event["id"],
                    {"content-type": "application/cloudevents+json; charset=UTF-8",
                     "kafka_replyTopic": reply_topic, "kafka_correlationId": "1"})
    first, again = replies.next(), replies.next()
    assert first.status == 201, first
    assert again.value == first.value


def test_without_an_id_the_message_itself_is_the_command(db, tickets, bus, reply_topic):
    event, kind = on_sale(db)
    replies = bus.follow(reply_topic)
    for _ in range(2):
        bus.produce("tickets.commands", json.dumps(command(event, (kind, 1))), event["id"],
                    {"ce_type": "order.place", "kafka_replyTopic": reply_topic, "kafka_correlationId": "1"})
    assert [replies.next().status for _ in range(2)] == [201, 201]
    assert len(list(pages(tickets, path(event, "orders")))) == 2


def test_a_message_of_the_wrong_partition_is_done_all_the_same(db, tickets, bus):
    event, kind = on_sale(db)
    for partition in range(PARTITIONS):
        bus.produce("tickets.commands", json.dumps(command(event, (kind, 1))), event["id"],
                    headers("order.place"), partition)
    eventually(lambda: stock_of(tickets, event, kind)[1] == PARTITIONS)


@pytest.mark.skipif(not shutil.which("kcat"), reason="kcat is not installed")
def test_kcat_can_buy(db, stack, reply_topic):
    event, kind = on_sale(db)
    sent = subprocess.run(
        ["kcat", "-P", "-b", stack["kafka"].brokers, "-t", "tickets.commands", "-k", event["id"],
         "-X", "partitioner=murmur2_random", "-H", "ce_specversion=1.0", "-H", "ce_id=kcat-" + event["id"],
         "-H", "ce_source=/shell", "-H", "ce_type=order.place", "-H", "content-type=application/json",
         "-H", f"kafka_replyTopic={reply_topic}", "-H", "kafka_correlationId=1"],
        input=json.dumps(command(event, (kind, 2))), text=True, capture_output=True, check=False, timeout=60)
    assert sent.returncode == 0, sent.stderr
    read = subprocess.run(
        ["kcat", "-C", "-b", stack["kafka"].brokers, "-t", reply_topic, "-o", "beginning", "-c", "1",
         "-f", "%h\n%s\n"], text=True, capture_output=True, check=False, timeout=60)
    told, body = read.stdout.splitlines()
    assert "status=201" in told.split(",")
    assert json.loads(body)["total"]["amount"] == 5000


# What nobody can answer, or nobody may

@pytest.mark.parametrize("topic", ["letters", "nowhere.replies"])
def test_a_reply_address_that_cannot_be_answered_holds_up_nobody(db, tickets, bus, topic):
    event, kind = on_sale(db)
    if topic == "letters":
        bus.create_topic(topic)
    bus.send("order.place", command(event, (kind, 1)), reply_topic=topic, correlation="1")
    assert bus.ask("order.place", command(event, (kind, 1))).status == 201
    eventually(lambda: stock_of(tickets, event, kind)[1] == 2)
    if topic == "letters":
        assert bus.follow(topic, from_beginning=True).next(0.5) is None


JUNK = {
    "nothing": (b"", {}),
    "no headers": (b"{}", {}),
    "text": (b"hello", {"ce_type": "order.place"}),
    "not utf-8": (b"\xff\xfe\x00", {"ce_type": "order.place"}),
    "cut off": (b'{"event_id": "', {"ce_type": "order.place"}),
    "nested": (b"[" * 100_000, {"ce_type": "order.place"}),
    "a list": (b"[]", {"ce_type": "order.place"}),
    "no members": (b"{}", {"ce_type": "order.place"}),
    "unknown type": (b"{}", {"ce_type": "order.steal"}),
    "type of another topic": (b"{}", {"ce_type": "event.create"}),
    "a query": (b"{}", {"ce_type": "order.get"}),
    "type with controls": (b"{}", {"ce_type": b"order\x00place\n"}),
    "version": (b"{}", {"ce_type": "order.place", "ce_specversion": "7"}),
    "structured rubbish": (b"{", {"content-type": "application/cloudevents+json"}),
    "900 kB": (b"x" * 900_000, {"ce_type": "order.place"}),
    "reply address of rubbish": (b"{", {"ce_type": "order.place", "kafka_replyTopic": b"\xff",
                                        "kafka_replyPartition": b"\x01\x02"}),
}


def test_junk_becomes_a_dead_letter_and_blocks_nobody(db, bus):
    event, kind = on_sale(db)
    letters = bus.follow("tickets.commands-dlt")
    sent = {bus.produce("tickets.commands", value, event["id"], given)[1]: (name, value)
            for name, (value, given) in JUNK.items()}
    assert bus.ask("order.place", command(event, (kind, 1))).status == 201

    found = {}
    while len(found) < len(JUNK):
        letter = letters.next()
        assert letter, f"no dead letter for {set(JUNK) - set(found)}"
        assert letter.header("kafka_dlt-original-topic") == "tickets.commands"
        name, value = sent[int(letter.header("kafka_dlt-original-offset"))]
        assert letter.value == value
        assert letter.key.decode() == event["id"]
        assert letter.header("kafka_dlt-exception-fqcn")
        found[name] = letter
    assert letters.next(0.2) is None


def test_junk_as_large_as_the_broker_takes_is_a_dead_letter_too(db, bus):
    event, kind = on_sale(db)
    letters = bus.follow("tickets.commands-dlt")
    value = b"x" * 1_048_000
    bus.produce("tickets.commands", value, event["id"], headers("order.place"))
    assert letters.next().value == value
    assert bus.ask("order.place", command(event, (kind, 1))).status == 201


def test_junk_with_a_reply_address_is_answered_too(bus, db, reply_topic):
    event = new_event(db)
    replies, letters = bus.follow(reply_topic), bus.follow("tickets.commands-dlt")
    for value, kind, status in ((b"{", "order.place", 400), (b"{}", "order.steal", 422)):
        bus.produce("tickets.commands", value, event["id"],
                    headers(kind, kafka_replyTopic=reply_topic, kafka_correlationId="1"))
        reply = replies.next()
        assert reply.status == status
        assert reply.json["status"] == status
        assert letters.next()


@pytest.mark.parametrize("topic", ["tickets.commands", "tickets.queries"])
def test_an_unreadable_envelope_is_answered_with_every_faulty_header(bus, db, reply_topic, topic):
    event = new_event(db)
    replies, letters = bus.follow(reply_topic), bus.follow(f"{topic}-dlt")
    bus.produce(topic, b"{}", event["id"], {"ce_time": "yesterday", "timeout_ms": "soon", "kafka_correlationId": "1",
                                            "kafka_replyTopic": reply_topic})
    reply = replies.next()
    assert_problem(reply.json, 400, "invalid_request")
    assert [(one["header"], one["code"]) for one in reply.json["errors"]] == [
        ("ce_time", "invalid_time"), ("timeout_ms", "wrong_type"), ("ce_type", "required")]
    assert json.loads(reply.header("kafka_nest-err")) == reply.json
    why = letters.next().header("kafka_dlt-exception-message")
    assert all(name in why for name in ("ce_time", "timeout_ms", "ce_type"))


@pytest.mark.parametrize("kind", ["order.steal", "order.pry"])
def test_an_unknown_type_is_named_in_the_reply_and_the_dead_letter(bus, db, kind):
    event = new_event(db)
    letters = bus.follow("tickets.commands-dlt")
    reply = bus.ask(kind, {"event_id": event["id"]})
    assert_problem(reply.json, 422, "unknown_command")
    assert (reply.json["ce_type"], reply.json["topic"]) == (kind, "tickets.commands")
    assert kind in letters.next().header("kafka_dlt-exception-message")


def test_a_structured_event_is_known_without_its_content_type(db, bus, reply_topic):
    event, kind = on_sale(db)
    replies = bus.follow(reply_topic)
    envelope = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/tests", "type": "order.place",
                "data": command(event, (kind, 1))}
    bus.produce("tickets.commands", json.dumps(envelope), event["id"],
                {"kafka_replyTopic": reply_topic, "kafka_correlationId": "1"})
    assert replies.next().status == 201


def test_a_problem_too_large_for_a_reply_comes_without_its_errors(db, bus):
    event, kind = on_sale(db)
    body = {**command(event, (kind, 1)), **{f"unknown_{number}": 1 for number in range(40_000)}}
    reply = bus.ask("order.place", body)
    assert_problem(reply.json, 422, "validation_failed")
    assert json.loads(reply.header("kafka_nest-err"))["code"] == "validation_failed"


def test_dropped_replies_are_counted_by_topic_and_cause(db, bus):
    event, kind = on_sale(db)
    bus.create_topic("drops")
    for topic, partition in (("drops", None), ("lost.replies", None), ("tickets.commands.reply", "99")):
        more = {} if partition is None else {"kafka_replyPartition": partition}
        bus.send("order.place", command(event, (kind, 1)), reply_topic=topic, correlation="1", headers=more)
        bus.send("order.list", {"event_id": event["id"]}, reply_topic=topic, correlation="1", headers=more)

    def counted():
        text = db.get("/metrics").text
        for topic, cause in (("drops", "not_allowed"), ("lost.replies", "no_topic"),
                             ("tickets.commands.reply", "no_partition")):
            for of in ("commands", "queries"):
                if f'replies_dropped_total{{of="{of}",topic="{topic}",cause="{cause}"}} 1' not in text:
                    return False
        return True
    eventually(counted)


def test_junk_among_queries_holds_up_nobody(db, bus):
    event, _ = on_sale(db)
    for value, given in JUNK.values():
        bus.produce("tickets.queries", value, None, given)
    assert bus.ask("availability.get", {"event_id": event["id"]}).status == 200


def test_forged_and_repeated_replies_harm_no_facade(db, tickets, bus):
    event, kind = on_sale(db)
    for partition in range(PARTITIONS):
        for correlation in (b"", b"1", secrets.token_bytes(40), b"x" * 100_000):
            bus.produce("tickets-svc.replies", b'{"forged": true}', None,
                        {"kafka_correlationId": correlation, "status": "201"}, partition)
        bus.produce("tickets-svc.replies", None, None, {}, partition)
    assert created(tickets.post(path(event, "orders"), order_body((kind, 1))))["total"]["amount"] == 2500
