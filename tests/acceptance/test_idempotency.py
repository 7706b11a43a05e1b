"""The same command sent again is answered as the first time, and nothing happens twice."""

import secrets

from support import (at_once, attendee_body, created, on_sale, order_body, pages, path, problem_of, stock_of,
                     topic_of)


def key():
    return secrets.token_hex(16)


def what_counts(answer):
    return answer.status_code, answer.content, answer.headers.get("ETag"), answer.headers.get("Location")


def test_one_key_sent_20_times_at_once_gives_one_order_and_the_same_bytes(db, tickets):
    event, kind = on_sale(db)
    mine = key()
    answers = at_once(20, lambda _: tickets.post(path(event, "orders"), order_body((kind, 2)),
                                                 idempotency_key=mine))
    assert len({what_counts(answer) for answer in answers}) == 1
    order = created(answers[0])
    assert list(pages(tickets, path(event, "orders"))) == [order]
    assert stock_of(tickets, event, kind) == (100, 2, 0, 98)
    assert {answer.headers["Idempotency-Key"] for answer in answers} == {mine}


def test_a_refusal_is_repeated_too_even_if_it_would_succeed_by_now(db, tickets):
    event, kind = on_sale(db, capacity=1)
    mine = key()
    answers = at_once(20, lambda _: tickets.post(path(event, "orders"), order_body((kind, 2)),
                                                 idempotency_key=mine))
    assert len({what_counts(answer) for answer in answers}) == 1
    problem_of(answers[0], 409, "sold_out")
    assert tickets.patch(path(event, "ticket-types", kind), {"capacity": 10}).status_code == 200
    again = tickets.post(path(event, "orders"), order_body((kind, 2)), idempotency_key=mine)
    assert what_counts(again) == what_counts(answers[0])
    created(tickets.post(path(event, "orders"), order_body((kind, 2)), idempotency_key=key()))


def test_a_body_that_is_refused_is_refused_in_the_same_bytes(db, tickets):
    event, kind = on_sale(db)
    mine = key()
    wrong = {**order_body((kind, 1)), "buyer": {"name": "", "email": "nobody"}}
    answers = [tickets.post(path(event, "orders"), wrong, idempotency_key=mine) for _ in range(2)]
    problem_of(answers[0], 422, "validation_failed")
    assert what_counts(answers[0]) == what_counts(answers[1])
    other = tickets.post(path(event, "orders"), wrong, idempotency_key=key())
    assert other.json()["instance"] != answers[0].json()["instance"]


def test_a_key_is_not_taken_for_another_command(db, tickets):
    event, kind = on_sale(db)
    mine = key()
    first = tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=mine)
    created(first)
    problem_of(tickets.post(path(event, "orders"), order_body((kind, 2)), idempotency_key=mine),
               422, "idempotency_key_reused")
    problem_of(tickets.post(path(event, "orders", first.json(), "cancel"), idempotency_key=mine),
               422, "idempotency_key_reused")
    again = tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=mine)
    assert what_counts(again) == what_counts(first)


def test_the_order_and_spacing_of_a_body_make_no_other_command(db, tickets):
    event, kind = on_sale(db)
    mine = key()
    first = tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=mine)
    text = ('{ "buyer" : {"email":"ada@example.org","name":"Ada Lovelace"},'
            f'\n "items":[{{"quantity": 1, "ticket_type_id":"{kind["id"]}"}}] }}')
    again = tickets.post(path(event, "orders"), data=text, idempotency_key=mine,
                         headers={"Content-Type": "application/json"})
    assert what_counts(again) == what_counts(first)


def test_without_a_key_each_is_its_own_and_is_told_the_key_it_was_given(db, tickets):
    event, kind = on_sale(db)
    answers = [tickets.post(path(event, "orders"), order_body((kind, 1))) for _ in range(2)]
    keys = [answer.headers["Idempotency-Key"] for answer in answers]
    assert len(set(keys)) == 2
    assert len(list(pages(tickets, path(event, "orders")))) == 2
    again = tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=keys[0])
    assert what_counts(again) == what_counts(answers[0])


def test_a_repeated_edit_is_answered_as_before_and_done_once(db):
    event, _ = on_sale(db)
    mine = {"Idempotency-Key": key()}
    first = db.patch(path(event), {"name": "Matinee"}, headers=mine)
    assert first.status_code == 200, first.text
    assert db.patch(path(event), {"name": "Soiree"}).status_code == 200
    assert what_counts(db.patch(path(event), {"name": "Matinee"}, headers=mine)) == what_counts(first)
    assert db.get(path(event)).json()["name"] == "Soiree"


def test_a_repeated_delete_is_answered_as_before(db):
    event, kind = on_sale(db)
    mine = {"Idempotency-Key": key()}
    for _ in range(2):
        assert db.delete(path(event, "ticket-types", kind), headers=mine).status_code == 204
    problem_of(db.delete(path(event, "ticket-types", kind)), 404, "not_found")


def test_a_person_who_is_registered_again_with_the_same_key_is_no_duplicate(db, attendees):
    event, _ = on_sale(db)
    body, mine = attendee_body(), key()
    answers = at_once(8, lambda _: attendees.post(path(event, "attendees"), body, idempotency_key=mine))
    assert len({what_counts(answer) for answer in answers}) == 1
    created(answers[0])


def test_a_key_that_is_none_is_refused(db, tickets):
    event, kind = on_sale(db)
    for bad in ("x" * 256, "caf\u00e9".encode()):
        answer = tickets.post(path(event, "orders"), order_body((kind, 1)), headers={"Idempotency-Key": bad})
        problem = problem_of(answer, 400, "invalid_idempotency_key")
        assert problem["errors"][0]["header"] == "Idempotency-Key"
    created(tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key="x" * 255))


def test_a_message_sent_20_times_gives_one_order_and_the_same_reply(db, tickets, bus):
    event, kind = on_sale(db)
    topic, mine = f"repeat-{key()}.replies", key()
    bus.create_topic(topic)
    replies = bus.follow(topic)
    body = {"event_id": event["id"], **order_body((kind, 2))}
    for index in range(20):
        bus.send("order.place", body, id=mine, reply_topic=topic, correlation=str(index))
    found = [replies.next() for _ in range(20)]
    assert sorted(int(reply.header("kafka_correlationId")) for reply in found) == list(range(20))
    assert len({(reply.status, reply.value) for reply in found}) == 1
    assert found[0].status == 201
    assert list(pages(tickets, path(event, "orders"))) == [found[0].json]

    other = bus.ask("order.place", {"event_id": event["id"], **order_body((kind, 1))}, id=mine)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert bus.ask("order.place", body, id=mine, source="/elsewhere").json["id"] != found[0].json["id"]


def test_rest_and_kafka_name_commands_alike(db, tickets, bus):
    event, kind = on_sale(db)
    mine = key()
    answer = tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=mine)
    reply = bus.ask("order.place", {"event_id": event["id"], **order_body((kind, 1))},
                    id=mine, source="/rest/anonymous")
    assert (reply.status, reply.value) == (answer.status_code, answer.content)
    assert topic_of("order.place") == "tickets.commands"
