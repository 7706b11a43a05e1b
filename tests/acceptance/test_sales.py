"""Selling tickets, as a buyer, a box office and a gate see it."""

import secrets
from collections import Counter
from datetime import datetime, timedelta, timezone

from support import (at_once, created, event_body, eventually, faults, new_event, new_ticket_type, on_sale,
                     order_body, pages, path, problem_of, stock_of, ticket_type_body)


def hours_from_now(hours):
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def buy(tickets, event, *items, **changes):
    return tickets.post(path(event, "orders"), order_body(*items, **changes))


def test_the_first_sale_of_the_readme(db, tickets):
    event = created(db.post("/v1/events", event_body(status="draft")))
    assert db.patch(path(event), {"status": "published"}).json()["status"] == "published"
    kind = created(db.post(path(event, "ticket-types"), ticket_type_body(capacity=100)))

    answer = buy(tickets, event, (kind, 2))
    order = created(answer)
    assert order["status"] == "paid"
    assert order["total"] == {"amount": 5000, "currency": "EUR"}
    [item] = order["items"]
    assert (item["quantity"], item["unit_price"]["amount"], item["amount"]["amount"]) == (2, 2500, 5000)
    assert [ticket["status"] for ticket in order["tickets"]] == ["valid", "valid"]
    assert len({ticket["code"] for ticket in order["tickets"]}) == 2
    assert answer.headers["Location"] == path(event, "orders", order)

    availability = tickets.get(path(event, "availability")).json()
    [item] = availability["items"]
    assert availability["event_id"] == event["id"]
    assert (item["ticket_type_id"], item["type"], item["on_sale"]) == (kind["id"], "general", True)
    assert item["price"] == {"amount": 2500, "currency": "EUR"}
    assert (item["capacity"], item["sold"], item["held"], item["available"]) == (100, 2, 0, 98)

    assert tickets.get(path(event, "orders", order)).json() == order
    assert list(pages(tickets, path(event, "orders"))) == [order]


def test_events_and_ticket_types_are_shown_at_the_shop_too(db, tickets):
    event, kind = on_sale(db)
    assert tickets.get(path(event)).json() == event
    assert tickets.get(path(event, "ticket-types", kind)).json() == kind
    assert tickets.get(path(event, "ticket-types")).json()["items"] == [kind]
    stock = {"capacity": kind["capacity"], "sold": 0, "held": 0, "available": kind["capacity"]}
    assert {**event, "stock": stock} in pages(tickets, "/v1/events", limit=500)


def test_of_64_clients_who_race_for_the_last_10_exactly_10_win(db, tickets):
    event, kind = on_sale(db, capacity=10)
    answers = at_once(64, lambda index: buy(tickets, event, (kind, 1), buyer=f"b{index}@example.org"))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 54}
    for answer in answers:
        if answer.status_code == 409:
            assert problem_of(answer, 409, "sold_out")["available"] == 0
    assert stock_of(tickets, event, kind) == (10, 10, 0, 0)
    orders = list(pages(tickets, path(event, "orders")))
    assert {order["id"] for order in orders} == {a.json()["id"] for a in answers if a.status_code == 201}
    codes = [ticket["code"] for order in orders for ticket in order["tickets"]]
    assert len(set(codes)) == 10


def test_a_crowd_at_what_is_sold_out_is_refused_until_a_ticket_comes_back(db, tickets):
    event, kind = on_sale(db, capacity=1)
    order = created(buy(tickets, event, (kind, 1)))
    for _ in range(3):
        answers = at_once(64, lambda index: buy(tickets, event, (kind, 1), buyer=f"b{index}@example.org"))
        assert [problem_of(answer, 409, "sold_out")["available"] for answer in answers] == [0] * 64
        assert len({answer.json()["instance"] for answer in answers}) == 64
        assert tickets.post(path(event, "orders", order, "cancel")).status_code == 200
        order = created(buy(tickets, event, (kind, 1)))
    assert len(list(pages(tickets, path(event, "orders")))) == 4


def test_in_a_crowd_each_ticket_that_comes_back_is_sold_once(db, tickets):
    event, kind = on_sale(db, capacity=2)

    def try_again_and_again(index):
        bought = []
        for _ in range(25):
            answer = buy(tickets, event, (kind, 1), buyer=f"b{index}@example.org")
            if answer.status_code != 201:
                problem_of(answer, 409, "sold_out")
                continue
            bought.append(answer.json()["id"])
            assert tickets.post(path(event, "orders", answer.json(), "cancel")).status_code == 200
        return bought

    bought = [order for orders in at_once(24, try_again_and_again) for order in orders]
    assert sorted(bought) == sorted(order["id"] for order in pages(tickets, path(event, "orders")))
    assert stock_of(tickets, event, kind) == (2, 0, 0, 2)
    created(buy(tickets, event, (kind, 2)))


def test_in_a_crowd_what_is_wrong_with_an_order_is_told(db, tickets):
    event, kind = on_sale(db, capacity=1)
    question = {"id": "size", "label": "Size", "kind": "text", "required": True}
    assert db.patch(path(event), {"questions": [question]}).status_code == 200
    created(buy(tickets, event, (kind, 1), answers_later=True))
    for _ in range(3):
        answers = at_once(48, lambda index: buy(tickets, event, (kind, 1), answers_later=index % 2 == 0))
        for index, answer in enumerate(answers):
            problem_of(answer, *((409, "sold_out"), (422, "validation_failed"))[index % 2])


def test_in_a_crowd_who_has_all_that_they_may_have_is_told_so(db, tickets):
    event, kind = on_sale(db, capacity=1, per_buyer_limit=1)
    created(buy(tickets, event, (kind, 1), buyer="ada@example.org"))
    for _ in range(3):
        answers = at_once(48, lambda index: buy(
            tickets, event, (kind, 1), buyer=("ada", f"b{index}")[index % 2] + "@example.org"))
        for index, answer in enumerate(answers):
            problem_of(answer, *((422, "limit_exceeded"), (409, "sold_out"))[index % 2])


def test_a_refusal_says_how_many_are_left(db, tickets):
    event, kind = on_sale(db, capacity=3)
    assert problem_of(buy(tickets, event, (kind, 4)), 409, "sold_out")["available"] == 3
    assert stock_of(tickets, event, kind) == (3, 0, 0, 3)


def test_an_order_of_several_types_is_all_or_nothing(db, tickets):
    event, many = on_sale(db)
    few = new_ticket_type(db, event, type="vip", capacity=1, price={"amount": 9000, "currency": "EUR"})
    problem_of(buy(tickets, event, (many, 2), (few, 2)), 409, "sold_out")
    assert stock_of(tickets, event, many) == (100, 0, 0, 100)
    order = created(buy(tickets, event, (many, 2), (few, 1)))
    assert order["total"]["amount"] == 2 * 2500 + 9000
    assert len(order["tickets"]) == 3
    assert stock_of(tickets, event, few) == (1, 1, 0, 0)


def test_the_price_of_an_order_is_the_one_at_its_sale(db, tickets):
    event, kind = on_sale(db)
    order = created(buy(tickets, event, (kind, 1)))
    answer = tickets.patch(path(event, "ticket-types", kind), {"price": {"amount": 3000, "currency": "EUR"}})
    assert answer.status_code == 200, answer.text
    assert tickets.get(path(event, "orders", order)).json()["total"]["amount"] == 2500
    assert created(buy(tickets, event, (kind, 1)))["total"]["amount"] == 3000


def test_orders_are_found_by_buyer_status_and_the_callers_own_id(db, tickets):
    event, kind = on_sale(db)
    order = created(buy(tickets, event, (kind, 1), buyer="grace@example.org", external_id="shop-7",
                        metadata={"channel": "web"}))
    assert (order["external_id"], order["metadata"]) == ("shop-7", {"channel": "web"})
    created(buy(tickets, event, (kind, 1), hold_seconds=600))
    for query in ({"email": "grace@example.org"}, {"status": "paid"}, {"external_id": "shop-7"}):
        assert tickets.get(path(event, "orders"), params=query).json()["items"] == [order], query


def test_orders_come_in_pages_that_show_each_once(db, tickets):
    event, kind = on_sale(db)
    ids = [created(buy(tickets, event, (kind, 1)))["id"] for _ in range(7)]
    assert [order["id"] for order in pages(tickets, path(event, "orders"), limit=2)] == ids


# Holds

def test_a_hold_keeps_tickets_until_it_is_confirmed(db, tickets):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 3), hold_seconds=600))
    assert (held["status"], held.get("tickets")) == ("held", None)
    assert held["expires_at"] > held["created_at"]
    assert stock_of(tickets, event, kind) == (100, 0, 3, 97)

    answer = tickets.post(path(event, "orders", held, "confirm"))
    assert answer.status_code == 200, answer.text
    paid = answer.json()
    assert (paid["status"], len(paid["tickets"])) == ("paid", 3)
    assert stock_of(tickets, event, kind) == (100, 3, 0, 97)
    again = tickets.post(path(event, "orders", held, "confirm"))
    assert (again.status_code, again.json()) == (200, paid)


def test_a_cancelled_hold_gives_its_tickets_back_once(db, tickets):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 3), hold_seconds=600))
    answers = at_once(8, lambda _: tickets.post(path(event, "orders", held, "cancel")))
    assert [answer.json()["status"] for answer in answers] == ["cancelled"] * 8
    assert stock_of(tickets, event, kind) == (100, 0, 0, 100)
    problem_of(tickets.post(path(event, "orders", held, "confirm")), 409, "illegal_transition")


def test_a_cancelled_sale_voids_its_tickets(db, tickets):
    event, kind = on_sale(db)
    order = created(buy(tickets, event, (kind, 2)))
    cancelled = tickets.post(path(event, "orders", order, "cancel")).json()
    assert [ticket["status"] for ticket in cancelled["tickets"]] == ["void", "void"]
    assert stock_of(tickets, event, kind) == (100, 0, 0, 100)
    answer = tickets.post(path(event, "check-ins"), {"code": order["tickets"][0]["code"]})
    problem_of(answer, 409, "void")


def test_a_hold_that_is_not_paid_lapses_by_itself(db, tickets):
    event, kind = on_sale(db, capacity=2)
    held = created(buy(tickets, event, (kind, 2), hold_seconds=1))
    eventually(lambda: tickets.get(path(event, "orders", held)).json()["status"] == "expired")
    eventually(lambda: stock_of(tickets, event, kind) == (2, 0, 0, 2))
    problem_of(tickets.post(path(event, "orders", held, "confirm")), 409, "hold_expired")
    created(buy(tickets, event, (kind, 2)))


def test_nobody_holds_for_longer_than_allowed(db, tickets):
    event, kind = on_sale(db)
    problem = problem_of(buy(tickets, event, (kind, 1), hold_seconds=3601), 422, "validation_failed")
    assert faults(problem) == {"#/hold_seconds": "too_large"}


def test_confirm_and_cancel_at_once_agree_on_one_end(db, tickets):
    event, kind = on_sale(db)
    for _ in range(5):
        held = created(buy(tickets, event, (kind, 1), hold_seconds=600))
        at_once(2, lambda index, held=held: tickets.post(
            path(event, "orders", held, ("confirm", "cancel")[index])))
    statuses = Counter(order["status"] for order in pages(tickets, path(event, "orders")))
    assert stock_of(tickets, event, kind)[1:3] == (statuses["paid"], 0)
    assert set(statuses) <= {"paid", "cancelled"}


# What is not for sale

def test_nothing_is_sold_before_the_event_is_published_nor_after_it_is_cancelled(db, tickets):
    event = new_event(db, status="draft")
    kind = new_ticket_type(db, event)
    problem_of(buy(tickets, event, (kind, 1)), 409, "not_on_sale")
    for status, code in (("published", 201), ("postponed", 409), ("published", 201), ("cancelled", 409)):
        assert db.patch(path(event), {"status": status}).status_code == 200
        assert buy(tickets, event, (kind, 1)).status_code == code, status


def test_nothing_is_sold_outside_the_time_of_sale(db, tickets):
    event = new_event(db)
    for window in ({"sales_start": hours_from_now(1)}, {"sales_end": hours_from_now(-1)}):
        kind = new_ticket_type(db, event, **window)
        problem_of(buy(tickets, event, (kind, 1)), 409, "not_on_sale")
        [item] = tickets.get(path(event, "ticket-types", kind, "availability")).json()["items"]
        assert item["on_sale"] is False
    kind = new_ticket_type(db, event, sales_start=hours_from_now(-1), sales_end=hours_from_now(1))
    created(buy(tickets, event, (kind, 1)))


def test_the_limit_of_an_order_is_named(db, tickets):
    event, kind = on_sale(db, per_order_limit=4)
    problem = problem_of(buy(tickets, event, (kind, 5)), 422, "limit_exceeded")
    assert (problem["limit"], problem["limit_name"]) == (4, "per_order_limit")
    created(buy(tickets, event, (kind, 4)))


def test_the_limit_of_a_buyer_counts_all_orders_whatever_the_case_of_the_address(db, tickets):
    event, kind = on_sale(db, per_buyer_limit=4)
    created(buy(tickets, event, (kind, 3), buyer="grace@example.org"))
    problem = problem_of(buy(tickets, event, (kind, 2), buyer="Grace@Example.org"), 422, "limit_exceeded")
    assert (problem["limit"], problem["limit_name"]) == (4, "per_buyer_limit")
    created(buy(tickets, event, (kind, 1), buyer="grace@example.org"))
    created(buy(tickets, event, (kind, 4), buyer="ada@example.org"))


def test_the_limit_of_a_buyer_counts_both_spellings_of_a_domain(db, tickets):
    event, kind = on_sale(db, per_buyer_limit=4)
    created(buy(tickets, event, (kind, 3), buyer="grace@m\u00fcnchen.example"))
    problem_of(buy(tickets, event, (kind, 2), buyer="grace@xn--mnchen-3ya.example"), 422, "limit_exceeded")


def test_the_limit_of_a_buyer_holds_even_when_all_orders_come_at_once(db, tickets):
    event, kind = on_sale(db, per_buyer_limit=4)
    answers = at_once(16, lambda _: buy(tickets, event, (kind, 1), buyer="grace@example.org"))
    assert Counter(answer.status_code for answer in answers) == {201: 4, 422: 12}


def test_a_ticket_type_of_another_event_is_not_sold(db, tickets):
    event, _ = on_sale(db)
    _, foreign = on_sale(db)
    problem = problem_of(buy(tickets, event, (foreign, 1)), 422, "validation_failed")
    assert faults(problem) == {"#/items/0/ticket_type_id": "other_event"}


# Changing what is for sale

def test_capacity_never_falls_below_what_is_sold_and_held(db, tickets):
    event, kind = on_sale(db, capacity=10)
    created(buy(tickets, event, (kind, 2)))
    created(buy(tickets, event, (kind, 1), hold_seconds=600))
    address = path(event, "ticket-types", kind)
    problem_of(tickets.patch(address, {"capacity": 2}), 409, "below_committed")
    assert tickets.patch(address, {"capacity": 3}).status_code == 200
    assert stock_of(tickets, event, kind) == (3, 2, 1, 0)
    problem_of(buy(tickets, event, (kind, 1)), 409, "held_by_others")
    assert tickets.patch(address, {"capacity": 4}).status_code == 200
    created(buy(tickets, event, (kind, 1)))


def test_a_sale_does_not_move_the_version_of_what_people_edit(db, tickets):
    event, kind = on_sale(db)
    etag = tickets.get(path(event, "ticket-types", kind)).headers["ETag"]
    created(buy(tickets, event, (kind, 1)))
    answer = tickets.patch(path(event, "ticket-types", kind), {"name": "Pit"}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


# The gate

def test_a_ticket_opens_one_of_16_gates_once(db, tickets):
    event, kind = on_sale(db)
    code = created(buy(tickets, event, (kind, 1)))["tickets"][0]["code"]
    answers = at_once(16, lambda gate: tickets.post(
        path(event, "check-ins"), {"code": code, "gate": f"gate {gate}", "nonce": secrets.token_hex(4)}))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 15}
    [admitted] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (admitted["code"], admitted["status"]) == (code, "checked_in")
    for answer in answers:
        if answer.status_code == 409:
            problem = problem_of(answer, 409, "already_checked_in")
            assert (problem["gate"], problem["checked_in_at"]) == (admitted["gate"], admitted["checked_in_at"])


def test_a_gate_that_repeats_its_own_scan_is_let_through(db, tickets):
    event, kind = on_sale(db)
    code = created(buy(tickets, event, (kind, 1)))["tickets"][0]["code"]
    scan = {"code": code, "gate": "north", "nonce": "scan 1"}
    first = tickets.post(path(event, "check-ins"), scan)
    again = tickets.post(path(event, "check-ins"), scan)
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (200, first.json())


def test_a_check_in_can_be_taken_back(db, tickets):
    event, kind = on_sale(db)
    order = created(buy(tickets, event, (kind, 1)))
    code = order["tickets"][0]["code"]
    assert tickets.post(path(event, "check-ins"), {"code": code, "gate": "north"}).status_code == 200
    shown = tickets.post(path(event, "tickets", "lookup"), {"code": code}).json()
    assert (shown["status"], shown["gate"], shown["order_id"]) == ("checked_in", "north", order["id"])
    answer = tickets.post(path(event, "check-ins", "undo"), {"code": code})
    assert (answer.status_code, answer.json()["status"]) == (200, "valid")
    assert tickets.post(path(event, "check-ins"), {"code": code}).status_code == 200


def test_a_code_is_good_only_at_its_own_event(db, tickets):
    event, kind = on_sale(db)
    code = created(buy(tickets, event, (kind, 1)))["tickets"][0]["code"]
    elsewhere, _ = on_sale(db)
    for address in (path(elsewhere, "check-ins"), path(elsewhere, "check-ins", "undo")):
        problem_of(tickets.post(address, {"code": code}), 409, "wrong_event")
    problem_of(tickets.post(path(elsewhere, "tickets", "lookup"), {"code": code}), 404, "not_found")
    problem_of(tickets.post(path(event, "check-ins"), {"code": "no such code"}), 404, "not_found")
