"""What becomes of orders: extended, paid over Kafka, cancelled and refunded, with their event too."""

import uuid

from support import (at_once, created, eventually, faults, lasts, on_sale, order_body, pages, path,
                     problem_of, stock_of)


def buy(tickets, event, *items, **changes):
    return tickets.post(path(event, "orders"), order_body(*items, **changes))


def order_of(tickets, event, order):
    return tickets.get(path(event, "orders", order)).json()


# Holds

def test_a_hold_is_extended_once_and_lapses_at_its_new_end(db, tickets):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 2), hold_seconds=8))
    answer = tickets.post(path(event, "orders", held, "extend"), {"hold_seconds": 2})
    assert answer.status_code == 200, answer.text
    assert answer.json()["extended"] is True and answer.json()["expires_at"] > held["expires_at"]
    problem = problem_of(tickets.post(path(event, "orders", held, "extend")), 422, "limit_exceeded")
    assert problem["limit_name"] == "extensions"
    expired = eventually(lambda: (lambda order: order["status"] == "expired" and order)(
        order_of(tickets, event, held)), within=20)
    assert expired["updated_at"] >= answer.json()["expires_at"], "it lapsed at its first end"
    eventually(lambda: stock_of(tickets, event, kind) == (100, 0, 0, 100))
    problem_of(tickets.post(path(event, "orders", held, "extend")), 409, "hold_expired")


def test_an_extension_needs_no_body_and_has_a_bound(db, tickets):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 1), hold_seconds=600))
    answer = tickets.post(path(event, "orders", held, "extend"), {"hold_seconds": 3601})
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/hold_seconds": "too_large"}
    assert tickets.post(path(event, "orders", held, "extend")).json()["expires_at"] > held["expires_at"]


def test_an_extension_racing_its_expiry_strands_no_stock(db, tickets):
    event, kind = on_sale(db, capacity=16)
    holds = [created(buy(tickets, event, (kind, 1), hold_seconds=1)) for _ in range(16)]
    lasts(0.8)

    def extend(index):
        lasts(index * 0.03)  # some before, some after the end
        return tickets.post(path(event, "orders", holds[index], "extend"), {"hold_seconds": 1}).status_code

    assert set(at_once(16, extend)) <= {200, 409}
    eventually(lambda: {order["status"] for order in pages(tickets, path(event, "orders"))} == {"expired"})
    eventually(lambda: stock_of(tickets, event, kind) == (16, 0, 0, 16))


def test_a_refusal_tells_what_others_hold_from_what_is_sold_out(db, tickets):
    event, kind = on_sale(db, capacity=4)
    created(buy(tickets, event, (kind, 1)))
    created(buy(tickets, event, (kind, 2), hold_seconds=600))
    soon = created(buy(tickets, event, (kind, 1), hold_seconds=300))
    problem = problem_of(buy(tickets, event, (kind, 2)), 409, "held_by_others")
    assert (problem["available"], problem["next_expiry"]) == (0, soon["expires_at"])
    problem_of(buy(tickets, event, (kind, 4)), 409, "sold_out")
    tickets.post(path(event, "orders", soon, "confirm"))
    problem = problem_of(buy(tickets, event, (kind, 2)), 409, "held_by_others")
    assert problem["next_expiry"] > soon["expires_at"]


# Payments

def money(order):
    """(paid, refunded, refund due), which never say more than was paid."""
    amounts = [order[name] for name in ("paid", "refunded", "refund_due")]
    assert {amount["currency"] for amount in amounts} == {order["total"]["currency"]}
    paid, refunded, due = (amount["amount"] for amount in amounts)
    assert 0 <= refunded + due <= paid and min(refunded, due) >= 0
    return paid, refunded, due


def payment(order, id=None, amount=None, **more):
    return {"payment_id": id or str(uuid.uuid4()), "order_id": order["id"],
            "amount": amount or order["total"], **more}


def paid(bus, order, **changes):
    """A payment as a payment system tells of it: it knows the order, not the event."""
    body = payment(order, **changes)
    bus.send("payment.succeeded", body, key=body["payment_id"])
    return body


def refund_due(facts, order, within=10):
    return facts.find(lambda fact: fact.type == "order.refund_due" and fact.json["order_id"] == order["id"],
                      within).json


def test_a_payment_confirms_a_hold_whether_it_names_the_event_or_not(db, tickets, bus):
    event, kind = on_sale(db)
    for known in ({"event_id": event["id"]}, {}):
        held = created(buy(tickets, event, (kind, 2), hold_seconds=600))
        bus.send("payment.succeeded", payment(held, **known), key="some key")
        shown = eventually(lambda held=held: (lambda order: order["status"] == "paid" and order)(
            order_of(tickets, event, held)))
        assert len(shown["tickets"]) == 2
    eventually(lambda: stock_of(tickets, event, kind) == (100, 4, 0, 96))


def test_payments_from_every_partition_reach_their_orders(db, tickets, bus):
    event, kind = on_sale(db)
    holds = [created(buy(tickets, event, (kind, 1), hold_seconds=600)) for _ in range(24)]
    for held in holds:
        paid(bus, held)
    eventually(lambda: stock_of(tickets, event, kind) == (100, 24, 0, 76))


def test_a_payment_told_twice_counts_once_and_a_second_one_is_given_back(db, tickets, bus):
    event, kind = on_sale(db)
    facts = bus.follow("tickets.facts")
    held = created(buy(tickets, event, (kind, 1), hold_seconds=600))
    first = paid(bus, held)
    paid(bus, held, id=first["payment_id"])
    # Their keys are their own, so they may come in another order than they were sent in.
    eventually(lambda: order_of(tickets, event, held)["status"] == "paid")
    second = paid(bus, held)
    due = refund_due(facts, held)
    assert (due["payment_id"], due["reason"], due["amount"]) == (
        second["payment_id"], "already_paid", held["total"])
    assert money(order_of(tickets, event, held)) == (5000, 0, 2500)
    assert not [fact for fact in facts.drain() if fact.type == "order.refund_due"]
    assert stock_of(tickets, event, kind) == (100, 1, 0, 99)


def test_a_wrong_amount_is_given_back(db, tickets, bus):
    event, kind = on_sale(db)
    facts = bus.follow("tickets.facts")
    held = created(buy(tickets, event, (kind, 1), hold_seconds=600))
    little = {"amount": 1, "currency": "EUR"}
    paid(bus, held, amount=little)
    due = refund_due(facts, held)
    assert (due["reason"], due["amount"]) == ("wrong_amount", little)
    assert order_of(tickets, event, held)["status"] == "held"


def test_a_late_payment_gets_tickets_while_there_are_some(db, tickets, bus):
    event, kind = on_sale(db, capacity=2)
    facts = bus.follow("tickets.facts")
    one, other = (created(buy(tickets, event, (kind, 1), hold_seconds=1)) for _ in range(2))
    eventually(lambda: stock_of(tickets, event, kind) == (2, 0, 0, 2))
    paid(bus, one)
    eventually(lambda: order_of(tickets, event, one)["status"] == "paid")
    created(buy(tickets, event, (kind, 1)))
    paid(bus, other)
    assert refund_due(facts, other)["reason"] == "unfulfilled"
    assert order_of(tickets, event, other)["status"] == "paid_unfulfilled"
    assert stock_of(tickets, event, kind) == (2, 2, 0, 0)


def test_a_failed_payment_leaves_the_hold_for_another_card(db, tickets, bus):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 1), hold_seconds=600))
    bus.send("payment.failed", {"payment_id": "p-1", "order_id": held["id"], "amount": held["total"],
                                "reason": "card_declined"})
    shown = eventually(lambda: (lambda order: "payments" in order and order)(order_of(tickets, event, held)))
    assert (shown["status"], shown["expires_at"]) == ("held", held["expires_at"])
    [attempt] = shown["payments"]
    assert attempt.pop("at")
    assert attempt == {"payment_id": "p-1", "status": "failed", "amount": held["total"], "reason": "card_declined"}
    assert stock_of(tickets, event, kind) == (100, 0, 1, 99)
    paid(bus, held, id="p-1")
    shown = eventually(lambda: (lambda order: order["status"] == "paid" and order)(order_of(tickets, event, held)))
    assert [one["status"] for one in shown["payments"]] == ["failed", "succeeded"]
    assert money(shown) == (2500, 0, 0)


def test_a_payment_system_refunds_once(db, tickets, bus):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 2), hold_seconds=600))
    first, second = paid(bus, held), paid(bus, held)
    shown = eventually(lambda: (lambda order: len(order.get("payments", [])) == 2 and order)(
        order_of(tickets, event, held)))
    assert money(shown) == (10000, 0, 5000)
    for _ in range(2):
        reply = bus.ask("payment.refunded", {"event_id": event["id"], **second})
        assert (reply.status, reply.json["status"], money(reply.json)) == (200, "paid", (10000, 5000, 0))
    reply = bus.ask("payment.refunded", {"order_id": held["id"], "payment_id": first["payment_id"]}, key="some key")
    assert (reply.json["status"], money(reply.json)) == ("refunded", (10000, 10000, 0))
    assert [ticket["void_reason"] for ticket in reply.json["tickets"]] == ["refunded"] * 2
    assert stock_of(tickets, event, kind) == (100, 0, 0, 100)
    assert order_of(tickets, event, held) == reply.json


def test_a_payment_of_no_order_goes_to_a_person(bus):
    dead = bus.follow("payments.events-dlt")
    body = payment({"id": "order_01jz3w4v9he8qb2m5x7k6d0c1n", "total": {"amount": 1, "currency": "EUR"}})
    bus.send("payment.succeeded", body)
    assert dead.find(lambda letter: letter.json == body).header("kafka_dlt-exception-message")


# Taking back

def test_some_tickets_are_refunded_and_then_the_rest(db, tickets, bus):
    event, kind = on_sale(db)
    facts = bus.follow("tickets.facts")
    order = created(buy(tickets, event, (kind, 3)))
    first = order["tickets"][0]["code"]
    for _ in range(2):
        answer = tickets.post(path(event, "orders", order, "refund"), {"tickets": [first]})
        assert (answer.status_code, answer.json()["status"]) == (200, "paid"), answer.text
        assert [ticket["status"] for ticket in answer.json()["tickets"]] == ["void", "valid", "valid"]
    assert [ticket.get("void_reason") for ticket in answer.json()["tickets"]] == ["refunded", None, None]
    assert money(answer.json()) == (7500, 2500, 0)
    assert stock_of(tickets, event, kind) == (100, 2, 0, 98)
    fact = facts.find(lambda fact: fact.type == "order.refunded" and fact.json["order_id"] == order["id"])
    assert (fact.json["amount"]["amount"], fact.json["items"][0]["quantity"]) == (2500, 1)
    problem_of(tickets.post(path(event, "check-ins"), {"code": first}), 409, "void")
    assert tickets.post(path(event, "orders", order, "refund")).json()["status"] == "refunded"
    assert stock_of(tickets, event, kind) == (100, 0, 0, 100)
    answer = tickets.post(path(event, "orders", order, "refund"), {"tickets": ["none of it"]})
    assert faults(problem_of(answer, 422, "validation_failed")) == {"#/tickets/0": "not_allowed"}


def test_a_ticket_cancelled_without_money_back_is_not_refunded(db, tickets):
    event, kind = on_sale(db)
    order = created(buy(tickets, event, (kind, 2)))
    first = {"tickets": [order["tickets"][0]["code"]]}
    assert tickets.post(path(event, "orders", order, "cancel"), first).status_code == 200
    problem_of(tickets.post(path(event, "orders", order, "refund"), first), 409, "illegal_transition")
    answer = tickets.post(path(event, "orders", order, "refund"))
    assert (answer.json()["status"], money(answer.json())) == ("refunded", (5000, 2500, 0))


def test_a_used_ticket_keeps_its_place_whatever_becomes_of_its_order(db, tickets):
    event, kind = on_sale(db, capacity=1)
    order = created(buy(tickets, event, (kind, 1)))
    code = order["tickets"][0]["code"].upper()
    assert tickets.post(path(event, "check-ins"), {"code": f" {code[:13]}-{code[13:]}\t"}).status_code == 200
    for verb in ("cancel", "refund"):
        problem = problem_of(tickets.post(path(event, "orders", order, verb)), 409, "checked_in")
        assert problem["tickets"][0]["n"] == 1
    answer = tickets.post(path(event, "orders", order, "refund"), {"tickets": [code], "force": True})
    assert (answer.json()["status"], money(answer.json())) == ("refunded", (2500, 2500, 0))
    assert stock_of(tickets, event, kind) == (1, 1, 0, 0)
    problem_of(buy(tickets, event, (kind, 1)), 409, "sold_out")
    problem_of(tickets.post(path(event, "check-ins"), {"code": code}), 409, "void")
    books = db.get(path(event, "reconciliation")).json()
    assert books["clean"], books["differences"]
    assert books["items"][0]["sold"] == {"counter": 1, "ledger": 1, "orders": 1, "tickets": 1}


def test_stock_returns_once_whichever_roads_race(db, tickets, bus):
    event, kind = on_sale(db)
    orders = [created(buy(tickets, event, (kind, 2), hold_seconds=600)) for _ in range(8)]
    for order in orders:
        paid(bus, order)

    def take(index):
        order, verb = orders[index % 8], ("cancel", "refund", "confirm", "cancel")[index // 8]
        return tickets.post(path(event, "orders", order, verb)).status_code

    assert set(at_once(32, take)) <= {200, 409}
    for order in orders:
        tickets.post(path(event, "orders", order, "cancel"))
    statuses = [order["status"] for order in pages(tickets, path(event, "orders"))]
    assert set(statuses) <= {"cancelled", "refunded"}
    assert stock_of(tickets, event, kind) == (100, 0, 0, 100)


# The end of an event

def cancellation_of(service, event):
    answer = service.get(path(event, "cancellation"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_cancelled_event_ends_all_its_orders_and_shows_how_far_it_is(db, tickets, bus):
    event, kind = on_sale(db, capacity=1000)
    assert tickets.get(path(event, "cancellation")).status_code == 404
    facts = bus.follow("tickets.facts")
    orders = at_once(32, lambda index: [
        created(buy(tickets, event, (kind, 1), **({"hold_seconds": 600} if held else {})))
        for held in (index % 2,) * 8])
    count = sum(map(len, orders))
    assert db.post(path(event, "cancel")).json()["status"] == "cancelled"
    problem_of(buy(tickets, event, (kind, 1)), 409, "not_on_sale")
    done = eventually(lambda: (lambda job: job["status"] == "done" and job)(cancellation_of(tickets, event)))
    assert (done["orders_done"], done["holds_released"], done["refunds_due"]) == (count, count // 2, count // 2)
    assert cancellation_of(db, event) == done
    assert stock_of(tickets, event, kind) == (1000, 0, 0, 1000)
    due = {}
    for _ in range(count // 2):
        fact = facts.find(lambda fact: fact.type == "order.refund_due" and fact.json["event_id"] == event["id"])
        due[fact.json["order_id"]] = fact.json["amount"]["amount"]
    assert not [fact for fact in facts.drain() if fact.type == "order.refund_due"]
    assert list(pages(tickets, path(event, "orders"), status="paid")) == []
    ended = [order for order in pages(tickets, path(event, "orders"), status="cancelled") if "tickets" in order]
    assert due == {order["id"]: 2500 for order in ended}
    assert len(due) == count // 2
    for order in ended:
        assert money(order) == (2500, 0, 2500)
        assert [(ticket["status"], ticket["void_reason"]) for ticket in order["tickets"]] == [("void", "event_cancelled")]
    assert db.get(path(event, "reconciliation")).json()["clean"]
    problem_of(db.delete(path(event)), 409, "has_sales")
    for order in ended:
        answer = tickets.post(path(event, "orders", order, "refund"))
        assert (answer.json()["status"], money(answer.json())) == ("refunded", (2500, 2500, 0))
    assert db.delete(path(event)).status_code == 204


def test_an_event_edited_to_cancelled_goes_the_same_way(db, tickets):
    event, kind = on_sale(db)
    held = created(buy(tickets, event, (kind, 1), hold_seconds=600))
    assert db.patch(path(event), {"status": "cancelled"}).status_code == 200
    eventually(lambda: cancellation_of(tickets, event)["status"] == "done")
    assert order_of(tickets, event, held)["status"] == "cancelled"
