"""Capacity that several ticket types share: together they never pass it, whoever asks at once."""

from collections import Counter

import pytest

from support import (Rest, at_once, created, eventually, new_event, new_ticket_type, order_body, path, problem_of)


@pytest.fixture
def room(db):
    """A room for ten, sold as general and as VIP, eight of each at most."""
    event = new_event(db, pools=[{"name": "floor", "capacity": 10}])
    return event, *(new_ticket_type(db, event, type=kind, capacity=8, pool="floor")
                    for kind in ("general", "vip"))


def pool_of(tickets, event, name="floor"):
    """(capacity, sold, held, available), which always add up; and what the items say of it."""
    answer = tickets.get(path(event, "availability"))
    assert answer.status_code == 200, answer.text
    [pool] = [pool for pool in answer.json()["pools"] if pool["name"] == name]
    assert pool["sold"] + pool["held"] + pool["available"] == pool["capacity"], pool
    assert pool["available"] >= 0, pool
    said = {item["pool_available"] for item in answer.json()["items"] if item.get("pool") == name}
    assert said <= {pool["available"]}
    return pool["capacity"], pool["sold"], pool["held"], pool["available"]


def test_64_clients_race_over_two_types_for_one_room(tickets, room):
    event, general, vip = room
    answers = at_once(64, lambda index: tickets.post(path(event, "orders"), order_body(
        (vip if index % 2 else general, 1), buyer=f"racer-{index}@example.org")))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 54}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sold_out"}
    assert pool_of(tickets, event) == (10, 10, 0, 0)
    items = tickets.get(path(event, "availability")).json()["items"]
    assert sum(item["sold"] for item in items) == 10
    assert all(item["sold"] + item["held"] + item["available"] == item["capacity"] for item in items)


def test_a_refusal_names_the_pool_that_lacks(tickets, room):
    event, general, vip = room
    created(tickets.post(path(event, "orders"), order_body((general, 7), hold_seconds=600)))
    problem = problem_of(tickets.post(path(event, "orders"), order_body((vip, 4))), 409, "held_by_others")
    assert (problem["pool"], problem["available"], problem["ticket_type_id"]) == ("floor", 3, vip["id"])
    assert problem["next_expiry"]
    created(tickets.post(path(event, "orders"), order_body((vip, 3))))
    problem = problem_of(tickets.post(path(event, "orders"), order_body((vip, 8))), 409, "sold_out")
    assert problem["available"] == 0


def test_a_buyer_sees_her_own_purchase_and_others_see_it_soon(stack, tickets, room):
    event, general, vip = room
    other = stack.add_service("tickets-svc")
    other.start()
    elsewhere = Rest(other.url)
    assert pool_of(elsewhere, event) == (10, 0, 0, 10)
    order = created(tickets.post(path(event, "orders"), order_body((general, 2), (vip, 1))))
    assert pool_of(tickets, event) == (10, 3, 0, 7)
    eventually(lambda: pool_of(elsewhere, event) == (10, 3, 0, 7))
    tag = tickets.get(path(event, "ticket-types", vip, "availability")).headers["ETag"]
    tickets.post(path(event, "orders", order, "refund"))
    assert pool_of(tickets, event) == (10, 0, 0, 10)
    answer = tickets.get(path(event, "ticket-types", vip, "availability"), headers={"If-None-Match": tag})
    assert answer.status_code == 200
    other.stop()


def test_a_pool_is_resized_but_not_below_what_it_has_sold(db, tickets, room):
    event, general, vip = room
    created(tickets.post(path(event, "orders"), order_body((general, 3), (vip, 3))))
    problem = problem_of(db.patch(path(event), {"pools": [{"name": "floor", "capacity": 5}]}), 409,
                         "below_committed")
    assert (problem["pool"], problem["sold"]) == ("floor", 6)
    assert db.patch(path(event), {"pools": [{"name": "floor", "capacity": 6}]}).status_code == 200
    eventually(lambda: pool_of(tickets, event) == (6, 6, 0, 0))
    problem = problem_of(tickets.post(path(event, "orders"), order_body((vip, 1))), 409, "sold_out")
    assert problem["pool"] == "floor"


def test_pools_go_only_when_no_type_is_in_them(db, tickets, room):
    event, general, vip = room
    problem = problem_of(db.patch(path(event), {"pools": []}), 422, "validation_failed")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("#/pools", "pool_in_use")]
    for kind in (general, vip):
        answer = tickets.patch(path(event, "ticket-types", kind), {"pool": None})
        assert answer.status_code == 200 and "pool" not in answer.json()
    assert db.patch(path(event), {"pools": []}).status_code == 200
    eventually(lambda: "pools" not in tickets.get(path(event, "availability")).json())


def test_a_type_takes_its_sales_along_into_another_pool(db, tickets, room):
    event, general, _ = room
    created(tickets.post(path(event, "orders"), order_body((general, 5))))
    pools = [{"name": "floor", "capacity": 10}, {"name": "box", "capacity": 4}]
    assert db.patch(path(event), {"pools": pools}).status_code == 200
    problem = problem_of(tickets.patch(path(event, "ticket-types", general), {"pool": "box"}), 409,
                         "below_committed")
    assert problem["pool"] == "box"
    pools[1]["capacity"] = 5
    assert db.patch(path(event), {"pools": pools}).status_code == 200
    assert tickets.patch(path(event, "ticket-types", general), {"pool": "box"}).status_code == 200
    assert pool_of(tickets, event) == (10, 0, 0, 10)
    eventually(lambda: pool_of(tickets, event, "box") == (5, 5, 0, 0))


@pytest.mark.parametrize("pools, errors", [
    ([{"name": "a", "capacity": 1}, {"name": "a", "capacity": 2}], [("#/pools/1/name", "duplicate")]),
    ([{"name": "", "capacity": -1}, {}], [("#/pools/0/name", "too_short"), ("#/pools/0/capacity", "too_small"),
                                          ("#/pools/1/name", "required"), ("#/pools/1/capacity", "required")]),
    ([{"name": str(n), "capacity": 1} for n in range(21)], [("#/pools", "too_long")]),
    ("floor", [("#/pools", "wrong_type")]),
])
def test_every_fault_of_pools_is_named(db, pools, errors):
    event = new_event(db)
    problem = problem_of(db.patch(path(event), {"pools": pools}), 422, "validation_failed")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == errors


def test_a_type_names_a_pool_of_its_event(db, room):
    event, general, _ = room
    body = {"type": "x", "name": "X", "price": {"amount": 1, "currency": "JPY"}, "capacity": 1, "pool": "roof"}
    for answer in (db.post(path(event, "ticket-types"), body), db.put(path(event, "ticket-types", general), body)):
        problem = problem_of(answer, 422, "validation_failed")
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
            ("#/price/currency", "other_currency"), ("#/pool", "unknown_pool")]
