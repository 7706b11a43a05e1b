"""Kafka with SASL and TLS and its rights, and a database with a user and TLS: a sale, a mail, a kill."""

import subprocess

import pytest
from stack import SERVICES, NotOurs

from support import Inbox, Rest, created, eventually, insist, on_sale, order_body, path
from test_rights import Rights, rights

KAFKA_USERS = ("db-svc", "tickets-svc", "notify-svc")


@pytest.fixture(scope="module")
def secured(make_stack, built):
    try:
        made = make_stack("kafka", "database", "mail", "services", kafka_users=KAFKA_USERS, database_secured=True)
        stack = made.__enter__()
    except NotOurs as reason:
        pytest.skip(str(reason))
    try:
        stack.start(services=False)
        kafka_rights = Rights(stack["kafka"].brokers)
        for name in KAFKA_USERS:
            kafka_rights.give(*rights(built, name))
            stack[name].variables.update(stack["kafka"].secured(name))
            stack[name].start()
        yield stack
    finally:
        made.__exit__(None, None, None)


def test_a_sale_a_mail_and_a_kill_with_users_and_tls_everywhere(secured):
    db, tickets = Rest(secured["db-svc"].url), Rest(secured["tickets-svc"].url)
    event, kind = on_sale(db)
    assert db.patch(path(event), {"messages": {"tickets": True}}).status_code == 200
    order = created(insist(tickets, path(event, "orders"), order_body((kind, 1), buyer="secured@example.org")))
    assert order["status"] == "paid"
    Inbox(secured["mail"].inbox_url).wait_for("secured@example.org")
    for name in ("db-svc", "database"):
        secured[name].kill()
        secured[name].start()
    eventually(lambda: db.get("/readyz").status_code == 200, within=20)
    created(insist(tickets, path(event, "orders"), order_body((kind, 1))))
    shown = tickets.get(path(event, "orders", order))
    assert shown.status_code == 200 and shown.json()["status"] == "paid"


@pytest.mark.parametrize("wrong", ["no user", "another password", "no certificate"])
def test_a_wrong_way_to_the_database_is_no_ready_service(secured, wrong):
    uri = secured["database"].wrong_uri(wrong)
    service = secured.add_service("db-svc", MONGO_URI=uri, **secured["kafka"].secured("db-svc"))
    service.launch()
    try:
        rest = Rest(service.url)

        def named():
            answer = rest.get("/readyz")
            return answer.status_code == 503 and "the database is away" in answer.text
        eventually(lambda: answered(named), within=20)
    finally:
        service.kill()


def answered(check):
    try:
        return check()
    except OSError:
        return False


def test_a_password_in_a_uri_is_not_shown(secured, built):
    for name in SERVICES:
        printed = subprocess.run([built / name / name, "--print-settings"], capture_output=True, text=True, check=True,
                                 env={**secured[name].environment(), "MONGO_URI": secured["database"].uri}).stdout
        assert secured["database"].password not in printed
        assert secured["database"].password not in secured[name].process.tail(1000)
