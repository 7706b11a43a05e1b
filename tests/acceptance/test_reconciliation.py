"""The reconciliation: counters, ledger, orders and tickets say the same, or it says where they do not."""

import threading
import uuid

import pymongo
import pytest

from support import created, eventually, new_event, new_ticket_type, order_body, path, problem_of


@pytest.fixture
def records(stack):
    """The collections, for who tampers with them."""
    with pymongo.MongoClient(stack["database"].uri, w="majority", journal=True) as client:
        yield client[stack.settings["MONGO_DB"]]


def reconciled(db, event):
    answer = db.get(path(event, "reconciliation"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def differences(db, event):
    """[(code, ticket type or pool, member, counter, found)]"""
    answer = reconciled(db, event)
    assert answer["clean"] is (not answer["differences"])
    return [(one["code"], one.get("ticket_type_id") or one.get("pool"), one.get("member"), one.get("counter"),
             one.get("found")) for one in answer["differences"]]


@pytest.fixture
def sale(db, tickets, bus):
    """An event whose orders have gone every road: (event, general of a pool, VIP of the pool, standing)."""
    event = new_event(db, pools=[{"name": "floor", "capacity": 30}])
    general, vip = (new_ticket_type(db, event, type=kind, capacity=20, pool="floor") for kind in ("general", "vip"))
    standing = new_ticket_type(db, event, type="standing", capacity=20)

    def order(*items, **more):
        return created(tickets.post(path(event, "orders"), order_body(*items, **more)))

    def act(one, verb, **body):
        answer = tickets.post(path(event, "orders", one, verb), body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()
    order((general, 3), (standing, 2))
    order((vip, 2), hold_seconds=600)
    act(order((vip, 1), hold_seconds=600), "confirm")
    act(order((general, 1), hold_seconds=600), "cancel")
    part = order((general, 4), (vip, 1))
    act(part, "refund", tickets=[part["tickets"][0]["code"], part["tickets"][4]["code"]])
    act(order((standing, 5)), "refund")
    late = order((standing, 1), hold_seconds=1)
    eventually(lambda: tickets.get(path(event, "orders", late)).json()["status"] == "expired")
    gone = order((standing, 13), hold_seconds=1)
    eventually(lambda: tickets.get(path(event, "orders", gone)).json()["status"] == "expired")
    order((standing, 10))
    for lapsed in (late, gone):
        bus.send("payment.succeeded", {"payment_id": str(uuid.uuid4()), "order_id": lapsed["id"],
                                       "amount": lapsed["total"]})
    eventually(lambda: tickets.get(path(event, "orders", late)).json()["status"] == "paid")
    eventually(lambda: tickets.get(path(event, "orders", gone)).json()["status"] == "paid_unfulfilled")
    assert tickets.patch(path(event, "ticket-types", standing), {"capacity": 25}).status_code == 200
    return event, general, vip, standing


def test_after_every_road_the_books_agree(db, sale):
    event, general, vip, standing = sale
    answer = reconciled(db, event)
    assert answer["clean"] and answer["differences"] == []
    items = {item["ticket_type_id"]: item for item in answer["items"]}
    assert items[general["id"]]["sold"] == {"counter": 6, "ledger": 6, "orders": 6, "tickets": 6}
    assert items[vip["id"]]["sold"] == {"counter": 1, "ledger": 1, "orders": 1, "tickets": 1}
    assert items[vip["id"]]["held"] == {"counter": 2, "ledger": 2, "orders": 2}
    assert items[standing["id"]]["sold"] == {"counter": 13, "ledger": 13, "orders": 13, "tickets": 13}
    assert items[standing["id"]]["capacity"] == {"record": 25, "counter": 25, "ledger": 25}
    [pool] = answer["pools"]
    assert pool["pool"] == "floor" and pool["capacity"] == {"record": 30, "counter": 30, "ledger": 30}
    assert pool["sold"] == {"counter": 7, "ledger": 7, "orders": 7, "tickets": 7}
    assert pool["held"] == {"counter": 2, "ledger": 2, "orders": 2}
    assert answer["orders"] == 9 and answer["as_of"] and answer["event_id"] == event["id"]


def test_it_says_where_somebody_has_tampered(db, sale, records):
    event, general, vip, standing = sale
    assert differences(db, event) == []

    def tampered(collection, which, change, expected):
        """What is said while the change stands; it is taken back."""
        before = records[collection].find_one(which)
        assert records[collection].update_one(which, change).modified_count == 1
        assert sorted(differences(db, event), key=str) == sorted(expected, key=str)
        records[collection].replace_one({"_id": before["_id"]}, before)
        assert differences(db, event) == []
    tampered("stock", {"_id": general["id"]}, {"$inc": {"sold": 1}}, [
        ("ledger_differs", general["id"], "sold", 7, 6), ("orders_differ", general["id"], "sold", 7, 6),
        ("tickets_differ", general["id"], "sold", 7, 6)])
    tampered("stock", {"_id": vip["id"]}, {"$set": {"held": 0}}, [
        ("ledger_differs", vip["id"], "held", 0, 2), ("orders_differ", vip["id"], "held", 0, 2)])
    tampered("stock", {"_id": standing["id"]}, {"$set": {"capacity": 5}}, [
        ("ledger_differs", standing["id"], "capacity", 5, 25), ("record_differs", standing["id"], "capacity", 5, 25),
        ("overcommitted", standing["id"], None, None, None)])
    tampered("stock", {"_id": vip["id"]}, {"$unset": {"pool": ""}}, [
        ("pool_differs", vip["id"], "pool", None, None),
        ("orders_differ", "floor", "sold", 7, 6), ("tickets_differ", "floor", "sold", 7, 6),
        ("orders_differ", "floor", "held", 2, 0)])
    tampered("pools", {"_id": f"{event['id']}/floor"}, {"$inc": {"sold": -2}}, [
        ("ledger_differs", "floor", "sold", 5, 7), ("orders_differ", "floor", "sold", 5, 7),
        ("tickets_differ", "floor", "sold", 5, 7)])
    tampered("ticket_types", {"_id": general["id"]}, {"$set": {"capacity": 21}}, [
        ("record_differs", general["id"], "capacity", 20, 21)])
    tampered("orders", {"event_id": event["id"], "status": "paid", "tickets.0.ticket_type_id": general["id"],
                        "tickets.0.status": "valid"}, {"$set": {"tickets.0.status": "void"}}, [
        ("orders_differ", general["id"], "sold", 6, 5), ("tickets_differ", general["id"], "sold", 6, 5),
        ("orders_differ", "floor", "sold", 7, 6), ("tickets_differ", "floor", "sold", 7, 6)])
    tampered("orders", {"event_id": event["id"], "status": "held"}, {"$set": {"status": "cancelled"}}, [
        ("orders_differ", vip["id"], "held", 2, 0), ("orders_differ", "floor", "held", 2, 0)])
    tampered("ledger", {"of": general["id"], "rows.movement": "sold"}, {"$set": {"rows.0.sold": 2}}, [
        ("ledger_differs", general["id"], "sold", 6, 5)])
    stock = records["stock"].find_one({"_id": standing["id"]})
    records["stock"].delete_one({"_id": standing["id"]})
    assert ("counter_missing", standing["id"], None, None, None) in differences(db, event)
    records["stock"].insert_one(stock)
    assert differences(db, event) == []


def test_it_tells_no_lies_while_sales_go_on(db, tickets):
    event = new_event(db, pools=[{"name": "floor", "capacity": 500}])
    kinds = [new_ticket_type(db, event, type=str(n), capacity=400, pool="floor") for n in range(2)]
    over, broken = threading.Event(), []

    def buy(index):
        try:
            while not over.is_set():
                order = tickets.post(path(event, "orders"), order_body(
                    (kinds[index % 2], 1 + index % 3), **({"hold_seconds": 600} if index % 4 else {})))
                if order.status_code == 201:
                    tickets.post(path(event, "orders", order.json(), ("cancel", "confirm", "refund")[index % 3]))
        except Exception as error:
            broken.append(repr(error))
    buyers = [threading.Thread(target=buy, args=(index,)) for index in range(12)]
    for buyer in buyers:
        buyer.start()
    answers = [reconciled(db, event) for _ in range(25)]
    over.set()
    for buyer in buyers:
        buyer.join()
    assert not broken
    assert [answer["differences"] for answer in answers if not answer["clean"]] == []
    assert len({answer["items"][0]["sold"]["counter"] for answer in answers}) > 1
    assert reconciled(db, event)["clean"]


def test_an_event_without_types_is_clean_and_one_that_is_not_is_not_found(db):
    answer = reconciled(db, new_event(db))
    assert answer["clean"] and answer["items"] == [] and answer["orders"] == 0
    problem_of(db.get("/v1/events/event_01jz3w4v9he8qb2m5x7k6d0c1n/reconciliation"), 404, "not_found")
