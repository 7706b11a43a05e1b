"""A secured Kafka: the rights that a service prints are those that it needs, and one that it lacks is named."""

import re
import subprocess
from pathlib import Path

import pytest
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient,
                                   ResourcePatternType, ResourceType)

from support import Inbox, Rest, created, eventually, on_sale, order_body, path, patience

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("db-svc", "tickets-svc", "notify-svc")
LINE = re.compile(r"kafka-acls --bootstrap-server \S+ --add --allow-principal User:(\S+) --operation (\w+) "
                  r"--(topic|group) (\S+)")


def rights(built, service):
    """What it prints, as (principal, operation, resource, name)."""
    printed = subprocess.run([built / service / service, "--print-acls"], check=True, capture_output=True, text=True)
    return [LINE.fullmatch(line).groups() for line in printed.stdout.splitlines()]


def binding(right, kind=AclBinding):
    user, operation, resource, name = right
    return kind(ResourceType[resource.upper()], name, ResourcePatternType.LITERAL, f"User:{user}", "*",
                AclOperation[operation.upper()], AclPermissionType.ALLOW)


class Rights:
    def __init__(self, brokers):
        self._admin = AdminClient({"bootstrap.servers": brokers})

    def give(self, *rights):
        for done in self._admin.create_acls([binding(right) for right in rights]).values():
            done.result(timeout=patience(10))

    def take(self, right):
        for done in self._admin.delete_acls([binding(right, AclBindingFilter)]).values():
            assert done.result(timeout=patience(10))


@pytest.fixture(scope="module")
def secured(make_stack, built):
    with make_stack("kafka", "database", "mail", "services", kafka_users=SERVICES) as stack:
        stack.start(services=False)
        stack.rights = Rights(stack["kafka"].brokers)
        for name in SERVICES:
            stack.rights.give(*rights(built, name))
            stack[name].variables.update(stack["kafka"].secured(name))
            stack[name].start()
        yield stack


@pytest.fixture
def doors(secured):
    return Rest(secured["db-svc"].url), Rest(secured["tickets-svc"].url)


def test_the_rights_printed_are_enough_for_a_sale_a_mail_and_a_kill(secured, doors):
    db, tickets = doors
    event, kind = on_sale(db)
    assert db.patch(path(event), {"messages": {"tickets": True}}).status_code == 200
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer="rights@example.org")))
    assert order["status"] == "paid"
    inbox = Inbox(secured["mail"].inbox_url)
    inbox.wait_for("rights@example.org")
    secured["db-svc"].kill()
    secured["db-svc"].start()
    eventually(lambda: tickets.post(path(event, "orders"), order_body((kind, 1))).status_code == 201)


@pytest.mark.parametrize("topic", ["tickets.commands", "attendees.queries"])
def test_a_missing_right_is_named_and_noticed_when_it_is_given(secured, doors, topic):
    db, tickets = doors
    event, kind = on_sale(db)
    missing = ("tickets-svc", "Write", "topic", topic)
    secured.rights.take(missing)

    def is_named():
        tickets.post(path(event, "orders"), order_body((kind, 1)))
        tickets.get(path(event) + "/orders/order_01jz3w4v9he8qb2m5x7k6d0c1n/erasure")
        answer = tickets.get("/readyz")
        return answer.status_code == 503 and f"no right to Write on topic {topic}" in answer.text
    eventually(is_named)
    assert any("kafka.not_authorized" in line and topic in line for line in
               secured["tickets-svc"].process.tail().splitlines())

    secured.rights.give(missing)
    eventually(lambda: tickets.get("/readyz").status_code == 200)
    created(eventually(lambda: (answer := tickets.post(path(event, "orders"), order_body((kind, 1)))).status_code == 201
                       and answer))


@pytest.mark.parametrize("service", SERVICES + ("attendees-svc",))
def test_the_table_of_rights_is_what_the_service_prints(built, service):
    table = (ROOT / "docs" / "operations.md").read_text()
    [row] = [line for line in table.splitlines() if line.startswith(f"| `{service}` |")]
    _, _, reads, writes, groups, creates, _ = (cell.strip() for cell in row.split("|"))
    told = {(operation, resource, name)
            for operation, resource, cell in (("Read", "topic", reads), ("Write", "topic", writes),
                                              ("Read", "group", groups), ("Create", "topic", creates))
            for name in re.findall(r"`([^`]+)`", cell)}
    every = {name for _, operation, _, name in rights(built, service) if operation == "Create"}
    for operation, cell in (("Write", writes), ("Create", creates)):
        if cell == "every topic":
            told |= {(operation, "topic", name) for name in every}
    assert told == {(operation, resource, name) for _, operation, resource, name in rights(built, service)}
