"""What checks the books after a fault notices what is wrong: each violation is planted, and must be found."""

import json
import sys
from pathlib import Path

import pymongo
import pytest
from crowd import Crowd
from resources import check_growth

from support import Bus

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaign"))
from people import check_mail  # noqa: E402


@pytest.fixture
def sold(stack, db, tickets):
    """A crowd that has bought and gone, and what follows the facts of it."""
    bus = Bus(stack["kafka"].brokers)
    facts = bus.follow("tickets.facts")
    with Crowd(db, tickets, events=1, buyers=2) as buyers:
        pass
    yield buyers, facts, bus
    bus.close()


@pytest.fixture
def records(stack):
    with pymongo.MongoClient(stack["database"].uri) as client:
        yield client[stack.settings["MONGO_DB"]]


def an_order(records, buyers):
    return records.orders.find_one({"event_id": buyers.sales[0][0]["id"]})


def check(sold, db, tickets):
    buyers, facts, _ = sold
    buyers.check(facts, tickets, db)


def test_right_books_pass(sold, db, tickets):
    check(sold, db, tickets)


def test_an_order_that_is_gone_is_noticed(sold, records, db, tickets):
    assert records.orders.delete_one({"_id": an_order(records, sold[0])["_id"]}).deleted_count == 1
    with pytest.raises(AssertionError, match="missing or doubled"):
        check(sold, db, tickets)


def test_an_order_that_nobody_was_promised_is_noticed(sold, records, db, tickets):
    order = an_order(records, sold[0])
    order["_id"] = order["_id"][:-1] + ("a" if order["_id"][-1] != "a" else "b")
    order["tickets"] = []
    records.orders.insert_one(order)
    with pytest.raises(AssertionError, match="missing or doubled"):
        check(sold, db, tickets)


def test_a_fact_that_is_told_in_two_ways_is_noticed(sold, db, tickets):
    buyers, facts, bus = sold
    record = facts.find(lambda record: record.type == "order.placed" and
                        record.key.decode() == buyers.sales[0][0]["id"])
    other = {**record.json, "order_id": "order_00000000000000000000000000"}
    again = bus.follow("tickets.facts", from_beginning=True)
    bus.produce("tickets.facts", json.dumps(other).encode(), record.key, list(record.headers.items()))
    with pytest.raises(AssertionError, match="told in two ways"):
        buyers.check(again, tickets, db)


def test_a_mail_that_came_as_two_messages_is_noticed():
    def mail(message_id):
        return {"subject": "s", "recipients_envelope": ["a@b"], "source": f"Message-ID: <{message_id}>\r\n\r\n"}
    assert check_mail([mail(1), mail(1)], [("s", ["a@b"])])
    with pytest.raises(AssertionError, match="as 2 messages"):
        check_mail([mail(1), mail(2)], [("s", ["a@b"])])
    with pytest.raises(AssertionError, match="has not got"):
        check_mail([], [("s", ["a@b"])])


def test_growth_is_noticed():
    check_growth({("a", 1): (10, 1000)}, {("a", 1): (20, 2000), ("a", 2): (900, 900_000)})
    for more in ((100, 1000), (10, 100_000)):
        with pytest.raises(AssertionError, match="a has"):
            check_growth({("a", 1): (10, 1000)}, {("a", 1): more})
