"""The ledger: every movement of stock is a row that says what caused it."""

from collections import Counter

from support import (at_once, created, faults, new_event, new_ticket_type, on_sale, order_body, pages, path,
                     problem_of, stock_of)


def rows_of(db, event, **filters):
    return list(pages(db, path(event, "ledger"), **filters))


def sums(rows):
    return tuple(sum(row.get(name, 0) for row in rows) for name in ("capacity", "sold", "held"))


def test_the_document_lets_a_movement_take_away(db):
    row = db.get("/openapi.json").json()["components"]["schemas"]["ledger_row"]["properties"]
    assert all(row[name]["minimum"] < 0 for name in ("capacity", "sold", "held"))


def test_rows_say_what_moved_by_how_much_and_why(db, tickets):
    event, kind = on_sale(db, capacity=10)
    held = created(tickets.post(path(event, "orders"), order_body((kind, 3), hold_seconds=600)))
    tickets.post(path(event, "orders", held, "confirm"))
    code = tickets.get(path(event, "orders", held)).json()["tickets"][0]["code"]
    tickets.post(path(event, "orders", held, "refund"), {"tickets": [code]})
    assert tickets.patch(path(event, "ticket-types", kind), {"capacity": 8}).status_code == 200
    rows = rows_of(db, event)
    assert [(row["movement"], row["command"], row.get("capacity"), row.get("sold"), row.get("held"))
            for row in rows] == [
        ("opened", "ticket_type.create", 10, None, None),
        ("held", "order.place", None, None, 3),
        ("confirmed", "order.confirm", None, 3, -3),
        ("returned", "order.refund", None, -1, None),
        ("resized", "ticket_type.update", -2, None, None)]
    assert [row["rev"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row.get("order_id") for row in rows] == [None, held["id"], held["id"], held["id"], None]
    assert all(row["ticket_type_id"] == kind["id"] and len(row["receipt"]) == 64 and row["at"] for row in rows)
    told = db.get(path(event, "ledger")).text.lower()
    assert "ada@" not in told and "lovelace" not in told


def test_the_sum_of_the_rows_is_the_stock(db, tickets):
    event, kind = on_sale(db, capacity=30)
    at_once(48, lambda index: tickets.post(path(event, "orders"), order_body(
        (kind, 1), buyer=f"l{index}@example.org", **({"hold_seconds": 600} if index % 3 else {}))))
    capacity, sold, held, _ = stock_of(tickets, event, kind)
    assert sums(rows_of(db, event)) == (capacity, sold, held) and sold + held == 30


def test_rows_are_found_by_type_by_order_and_by_pool_page_by_page(db, tickets):
    event = new_event(db, pools=[{"name": "floor", "capacity": 50}])
    kinds = [new_ticket_type(db, event, type=str(n), capacity=40, pool="floor") for n in range(2)]
    orders = [created(tickets.post(path(event, "orders"), order_body((kinds[0], 1), (kinds[1], 2))))
              for _ in range(5)]
    tickets.post(path(event, "orders", orders[2], "cancel"))
    for kind, quantity in zip(kinds, (1, 2)):
        rows = rows_of(db, event, ticket_type_id=kind["id"], limit=2)
        assert sums(rows) == (40, 4 * quantity, 0)
        assert len(rows) == 7 and all("pool" not in row for row in rows)
    rows = rows_of(db, event, pool="floor", limit=3)
    assert sums(rows) == (50, 12, 0)
    assert Counter(row.get("ticket_type_id") for row in rows) == {None: 1, kinds[0]["id"]: 6, kinds[1]["id"]: 6}
    rows = rows_of(db, event, pool="floor", ticket_type_id=kinds[1]["id"])
    assert sums(rows) == (0, 8, 0)
    rows = rows_of(db, event, order_id=orders[2]["id"], limit=1)
    assert Counter((row["movement"], "pool" in row) for row in rows) == {
        ("sold", False): 2, ("sold", True): 2, ("returned", False): 2, ("returned", True): 2}
    assert {row["order_id"] for row in rows} == {orders[2]["id"]}
    assert rows_of(db, event, order_id="order_01jz3w4v9he8qb2m5x7k6d0c1n") == []
    assert len(rows_of(db, event, limit=4)) == len(rows_of(db, event)) == 1 + 2 + 5 * 4 + 4


def test_what_is_asked_wrongly_is_told(db):
    event, _ = on_sale(db)
    problem = problem_of(db.get(path(event, "ledger"), params={"limit": 0, "order_id": "x", "of": "y"}), 422,
                         "validation_failed")
    assert faults(problem, "parameter") == {"limit": "too_small", "order_id": "invalid_id", "of": "unknown_member"}
    problem = problem_of(db.get(path(event, "ledger"), params={"cursor": "junk"}), 422, "validation_failed")
    assert faults(problem, "parameter") == {"cursor": "not_allowed"}
    problem_of(db.get("/v1/events/event_01jz3w4v9he8qb2m5x7k6d0c1n/ledger"), 404, "not_found")
