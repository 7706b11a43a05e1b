"""Kafka or the database is not there: what a client is told, and that all is well again by itself."""

import secrets
import threading

import pytest
import requests

from support import (Rest, attendee_body, created, eventually, insist, new_event, notification_body, on_sale,
                     order_body, pages, path, problem_of, settled)

FACADES = ("tickets-svc", "attendees-svc", "notify-svc")


def readiness(stack, name):
    """200, 503, or None as long as nobody listens."""
    try:
        return Rest(stack[name].url).get("/readyz").status_code
    except requests.ConnectionError:
        return None


def ready(stack, name):
    return readiness(stack, name) == 200


@pytest.fixture
def without(stack):
    """Takes a part away; it comes back at the end, and with it every service."""
    gone = []

    def take(name):
        stack[name].kill()
        gone.append(name)
    yield take
    for name in gone:
        stack[name].start()
    for service in ("db-svc", *FACADES):
        eventually(lambda service=service: ready(stack, service), within=10)


def test_without_kafka_nothing_is_promised_and_nothing_is_lost(stack, db, tickets, without):
    event, kind = on_sale(db)
    without("kafka")
    mine = secrets.token_hex(16)
    answer = tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=mine)
    assert answer.status_code in (503, 504)
    problem_of(answer, answer.status_code, {503: "unavailable", 504: "outcome_unknown"}[answer.status_code])
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
    for service in ("db-svc", *FACADES):
        eventually(lambda service=service: not ready(stack, service), within=10)
        assert Rest(stack[service].url).get("/livez").status_code == 200

    # By now everyone knows that it is away.
    answer = tickets.post(path(event, "orders"), order_body((kind, 1)))
    problem_of(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1

    stack["kafka"].start()
    for service in ("db-svc", *FACADES):
        eventually(lambda service=service: ready(stack, service), within=10)
    order = created(insist(tickets, path(event, "orders"), order_body((kind, 1)), key=mine))
    assert list(pages(tickets, path(event, "orders"))) == [order]


def test_without_the_database_commands_are_unsure_and_queries_fail_at_once(stack, db, tickets, without):
    event, kind = on_sale(db)
    without("database")
    mine = secrets.token_hex(16)
    answer = tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=mine)
    problem_of(answer, 504, "outcome_unknown")
    assert answer.headers["Idempotency-Key"] == mine
    answer = tickets.get(path(event, "orders"))
    problem_of(answer, 503, "unavailable")
    assert "Retry-After" in answer.headers
    eventually(lambda: not ready(stack, "db-svc"), within=10)
    assert ready(stack, "tickets-svc")

    stack["database"].start()
    eventually(lambda: ready(stack, "db-svc"), within=10)
    # The purchase was done, or its time was over: then it never will be, whoever asks and whenever.
    again = settled(tickets, path(event, "orders"), order_body((kind, 1)), key=mine)
    orders = list(pages(tickets, path(event, "orders")))
    if again.status_code == 201:
        assert orders == [again.json()]
        return
    problem_of(again, 504, "expired")
    stack["db-svc"].kill()
    stack["db-svc"].start()
    later = settled(tickets, path(event, "orders"), order_body((kind, 1)), key=mine)
    assert (later.status_code, later.content) == (again.status_code, again.content)
    assert orders == list(pages(tickets, path(event, "orders"))) == []
    created(tickets.post(path(event, "orders"), order_body((kind, 1))))


def test_a_mailing_goes_on_once_the_database_is_back(stack, db, tickets, notify, without):
    event, kind = on_sale(db)
    names = [{"name": "Ana", "email": f"away-{number}-{secrets.token_hex(4)}@example.org"} for number in range(200)]
    notification = notify.post(path(event, "notifications"), notification_body(audience={"recipients": names})).json()

    def counts():
        return db.get(path(event, "notifications", notification)).json()["counts"]
    eventually(lambda: counts()["sent"] > 0, 60)
    without("database")
    # For longer than anybody waits for an answer: claims and reports that were under way are late now.
    problem_of(tickets.post(path(event, "orders"), order_body((kind, 1))), 504, "outcome_unknown")
    problem_of(tickets.post(path(event, "orders"), order_body((kind, 1))), 504, "outcome_unknown")
    stack["database"].start()
    eventually(lambda: ready(stack, "db-svc"), within=10)
    eventually(lambda: counts() == {"queued": 0, "sent": len(names), "failed": 0, "suppressed": 0}, 120)


def test_an_import_is_finished_under_its_key_once_the_database_is_back(stack, db, attendees, without):
    event = new_event(db)
    address, key = path(event, "attendees", "import"), secrets.token_hex(16)
    rows = "name,email\n" + "".join(f"Ana,a{number}-{key}@example.org\n" for number in range(1500))

    def send():
        return attendees.post(address, data=rows, headers={"Content-Type": "text/csv"}, idempotency_key=key)
    without("database")
    for _ in range(2):  # for longer than anybody waits: what waits in Kafka meanwhile comes late
        problem_of(send(), 504, "outcome_unknown")
    stack["database"].start()
    eventually(lambda: ready(stack, "db-svc"), within=10)
    answer = eventually(lambda: (answer := send()).status_code == 202 and answer)
    assert (answer.json()["status"], answer.json()["imported"]) == ("done", 1500)
    assert attendees.get(path(event, "attendees", "counts")).json()["total"] == 1500


def test_without_db_svc_a_command_waits_in_kafka(stack, db, tickets, without):
    event, kind = on_sale(db)
    without("db-svc")
    mine = secrets.token_hex(16)
    problem_of(tickets.post(path(event, "orders"), order_body((kind, 1)), idempotency_key=mine),
               504, "outcome_unknown")
    stack["db-svc"].start()
    order = created(insist(tickets, path(event, "orders"), order_body((kind, 1)), key=mine))
    assert list(pages(tickets, path(event, "orders"))) == [order]


def test_a_query_that_nobody_was_there_to_answer_is_answered_by_the_next(stack, db, bus, without):
    event, _ = on_sale(db)
    topic = f"tests-{secrets.token_hex(6)}.replies"
    bus.create_topic(topic)
    replies = bus.follow(topic)
    without("db-svc")
    bus.send("event.get", {"event_id": event["id"]}, reply_topic=topic, correlation="1")
    stack["db-svc"].start()
    assert replies.next().json == event
    assert db.get(path(event)).json() == event


@pytest.mark.parametrize("missing", ["kafka", "database"])
def test_services_that_start_before_their_parts_are_ready_once_these_are(stack, without, missing):
    without(missing)
    for name in ("db-svc", *FACADES):
        stack[name].stop()
        stack[name].launch()
    for name in ("db-svc", *(FACADES if missing == "kafka" else ())):
        eventually(lambda name=name: readiness(stack, name) == 503, within=10)
    stack[missing].start()
    for name in ("db-svc", *FACADES):
        eventually(lambda name=name: ready(stack, name), within=10)


@pytest.mark.parametrize("waiting", [False, True], ids=["idle", "requests under way"])
def test_without_kafka_every_facade_ends_when_it_is_asked_to(stack, db, without, waiting):
    event, kind = on_sale(db)
    without("kafka")
    wanted = {"tickets-svc": ("orders", order_body((kind, 1))), "attendees-svc": ("attendees", attendee_body()),
              "notify-svc": ("notifications", notification_body())}
    asking = [threading.Thread(target=_ask, args=(stack[name].url + path(event, what), body))
              for name, (what, body) in wanted.items() for _ in range(8 * waiting)]
    for thread in asking:
        thread.start()
    try:
        for name in FACADES:
            assert stack[name].stop() == 0, name
    finally:
        for name in FACADES:
            stack[name].launch()
    for thread in asking:
        thread.join()


def _ask(url, body):
    try:
        requests.post(url, json=body, timeout=30)
    except requests.RequestException:
        pass  # not accepted any more
