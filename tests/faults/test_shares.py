"""Partitions are taken over one by one: trouble with one is no trouble of the others."""

import pymongo
import pytest
from crowd import Crowd

from support import Bus, Rest, created, eventually, on_sale, order_body, path


def partition_of(bus, event):
    return bus.produce("tickets.queries", b"{}", event["id"])[0]


def fences(stack):
    client = pymongo.MongoClient(stack["database"].uri)
    return client[stack.settings["MONGO_DB"]].fences


def test_a_partition_that_another_took_stops_no_other(stack, db, tickets, bus):
    """As a zombie would: its fence is raised again and again under another's name."""
    sales = [on_sale(db, capacity=1000) for _ in range(6)]
    homes = [partition_of(bus, event) for event, _ in sales]
    victim = homes[0]
    others = [sale for sale, home in zip(sales, homes) if home != victim]
    if not others:
        pytest.skip("all events of this run are of one partition")
    for _ in range(3):
        changed = fences(stack).update_one({"_id": {"$regex": f"^[^/]*/{victim}$"}},
                                           {"$inc": {"epoch": 1}, "$set": {"owner": "zombie"}})
        assert changed.modified_count == 1
        for _ in range(10):
            for event, kind in others:
                created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    event, kind = sales[0]
    eventually(lambda: created(tickets.post(path(event, "orders"), order_body((kind, 1)))), within=60)


def test_one_of_three_brokers_at_a_time_is_killed_and_no_command_is_skipped(make_stack):
    with make_stack("kafka", "database", "services", brokers=3) as stack:
        stack.start()
        second = stack.add_service("db-svc")
        second.start()
        db, tickets = Rest(stack["db-svc"].url), Rest(stack["tickets-svc"].url)
        bus = Bus(stack["kafka"].brokers)
        facts = bus.follow("tickets.facts")
        with Crowd(db, tickets) as buyers:
            for broker in ("kafka-2", "kafka-3", "kafka", "kafka-2"):
                stack[broker].kill()
                buyers.wait_for_sales(within=60)
                stack[broker].start()
                buyers.wait_for_sales(within=60)
        buyers.check(facts, tickets, db)
        bus.close()


def test_a_leader_that_is_gone_is_said_or_waited_for_but_never_for_ever(make_stack):
    """A topic whose one replica is away: others are served, and a start does not hang."""
    with make_stack("kafka", "database", "services", brokers=3) as stack:
        stack.settings["KAFKA_REPLICATION_FACTOR"] = "1"
        for service in stack.services:
            service.variables["KAFKA_REPLICATION_FACTOR"] = "1"
        stack.start()
        db, tickets = Rest(stack["db-svc"].url), Rest(stack["tickets-svc"].url)
        with Crowd(db, tickets) as buyers:
            stack["kafka-3"].kill()
            stack["tickets-svc"].kill()
            stack["tickets-svc"].launch()
            stack["kafka-3"].start()
            buyers.wait_for_sales(within=60)
