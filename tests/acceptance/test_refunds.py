"""Money back, and money in dispute: payments-svc between a cancellation, the card provider and a person."""

import os
from concurrent.futures import ThreadPoolExecutor

from support import Rest, at_once, created, eventually, on_sale, order_body, pages, path, problem_of
from support.paying import eventually_is, healed, order_of, paid_order, restarted_with, statuses  # noqa: F401
from support.provider import DISPUTED, REFUND_FAILS, REFUND_PENDING

ORDERS = int(os.environ.get("PAYMENTS_ORDERS", "60"))  # of an event that is cancelled


def test_a_payment_is_given_back_in_parts_to_the_last_cent(sale, tickets, payments, provider):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind, 3)
    address = path(event, "orders", paid, "refunds")

    def back(amount):
        eventually(lambda: order_of(tickets, event, paid)["refunded"]["amount"] == amount)
    eur = {"currency": "EUR"}
    first = payments.post(address, {"amount": {"amount": 1, **eur}, "reason": "goodwill"}, idempotency_key=f"a{paid['id']}")
    assert created(first)["payment_id"] == paid["payments"][0]["payment_id"]
    repeated = payments.post(address, {"amount": {"amount": 1, **eur}, "reason": "goodwill"},
                             idempotency_key=f"a{paid['id']}")
    assert repeated.content == first.content
    problem_of(payments.post(address, {"amount": {"amount": 2, **eur}}, idempotency_key=f"a{paid['id']}"), 422,
               "idempotency_key_reused")
    back(1)
    assert [ticket["status"] for ticket in order_of(tickets, event, paid)["tickets"]] == ["valid"] * 3
    created(payments.post(address, {"tickets": [paid["tickets"][1]["code"]]}))
    back(2501)
    assert [ticket["status"] for ticket in order_of(tickets, event, paid)["tickets"]] == ["valid", "void", "valid"]
    problem = problem_of(payments.post(address, {"amount": {"amount": 5000, **eur}}), 422, "limit_exceeded")
    assert problem["limit"] == 4999
    created(payments.post(address, {"amount": {"amount": 4999, **eur}}))
    back(7500)
    problem_of(payments.post(address, {"amount": {"amount": 1, **eur}}), 422, "limit_exceeded")
    assert sorted(refund["amount"] for refund in provider.refunds(paid)) == [1, 2500, 4999]
    eventually(lambda: payments.get(path(event, "payments/reconciliation")).json()["agrees"])


def test_a_used_ticket_is_told_alike_by_both_services(sale, tickets, payments, provider):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind, 2)
    code = paid["tickets"][1]["code"]
    assert tickets.post(path(event, "check-ins"), {"code": code, "gate": "north"}).status_code == 200
    told = problem_of(payments.post(path(event, "orders", paid, "refunds")), 409, "checked_in")
    same = problem_of(tickets.post(path(event, "orders", paid, "refund")), 409, "checked_in")
    assert told | {"instance": ""} == same | {"instance": ""} and [one["n"] for one in told["tickets"]] == [2]


def test_many_who_ask_for_all_of_it_at_once_get_it_once(sale, tickets, payments, provider):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind)
    address = path(event, "orders", paid, "refunds")
    at_once(8, lambda n: payments.post(address, {"amount": paid["total"]}, idempotency_key=f"{paid['id']}/{n // 2}"))
    eventually(lambda: order_of(tickets, event, paid)["refunded"] == paid["total"])
    assert sum(refund["amount"] for refund in provider.refunds(paid)) == 2500


def test_a_ticket_that_is_being_refunded_is_not_refunded_again(sale, tickets, payments, provider, stack):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind, 3)
    address = path(event, "orders", paid, "refunds")
    with restarted_with(stack["payments-svc"], REFUNDS="manual"):
        created(payments.post(address, {"tickets": [paid["tickets"][1]["code"]]}))
        problem = problem_of(payments.post(address, {"tickets": [paid["tickets"][1]["code"]]}), 409, "illegal_transition")
        assert (problem["from"], problem["to"]) == ("being_refunded", "refunded")
        # Under its next code it is the same ticket.
        renewed = tickets.post(path(event, "orders", paid, "tickets/2/reissue")).json()
        problem_of(payments.post(address, {"tickets": [renewed["code"]]}), 409, "illegal_transition")
        rest = created(payments.post(address, {}))
        assert (rest["amount"]["amount"], rest["tickets"]) == (5000, 2)
        problem_of(payments.post(address, {}), 409, "illegal_transition")


def test_two_instances_that_are_asked_at_once_refund_a_ticket_once(sale, tickets, payments, provider, stack):
    event, kind = sale
    second = stack.add_service("payments-svc")
    second.start()
    instances = [payments, Rest(second.url)]

    def ask_both():
        paid = paid_order(tickets, payments, provider, event, kind, 2)
        body = {"tickets": [paid["tickets"][0]["code"]]}
        answers = at_once(2, lambda n: instances[n].post(path(event, "orders", paid, "refunds"), body))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        eventually(lambda: order_of(tickets, event, paid)["refunded"]["amount"] > 0)
        assert [refund["amount"] for refund in provider.refunds(paid)] == [2500]

    for _ in range(8):
        ask_both()
    assert second.stop() == 0


def test_a_refund_that_waits_is_of_its_ticket_though_that_is_another_persons_by_then(
        sale, tickets, payments, provider, stack):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind, 2)
    with restarted_with(stack["payments-svc"], REFUNDS="manual"):
        refund = created(payments.post(path(event, "orders", paid, "refunds"),
                                       {"tickets": [paid["tickets"][0]["code"]]}))
        given = tickets.post(path(event, "orders", paid, "tickets/1/transfer"),
                             {"name": "Eva", "email": "eva@example.org"})
        assert given.status_code == 200, given.text
        assert payments.post(f"/v1/refunds/{refund['id']}/approve").status_code == 200
        shown = eventually(lambda: (lambda order: order["refunded"]["amount"] and order)(order_of(tickets, event, paid)))
    assert shown["refunded"]["amount"] == 2500
    assert [ticket["status"] for ticket in shown["tickets"]] == ["void", "valid"]
    eventually(lambda: payments.get(path(event, "payments/reconciliation")).json()["agrees"])


def test_every_order_of_a_cancelled_event_is_refunded_once_though_the_service_is_killed(
        db, tickets, payments, provider, stack):
    event, kind = on_sale(db, capacity=ORDERS)
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(lambda _: paid_order(tickets, payments, provider, event, kind), range(ORDERS)))
    provider.behave(lose=2, fail=2)
    assert db.patch(path(event), {"status": "cancelled"}).status_code == 200
    service = stack["payments-svc"]
    for done in (ORDERS // 6, ORDERS // 2):
        eventually(lambda done=done: len(refunds_of_event(provider, event)) >= done, within=60)
        service.kill()
        service.start()
    eventually(lambda: all(order["status"] == "refunded" for order in pages(tickets, path(event, "orders"))), within=120)
    refunds = refunds_of_event(provider, event)
    assert sorted(refund["metadata"]["order_id"] for refund in refunds) == sorted(order["id"] for order in orders)
    assert {refund["amount"] for refund in refunds} == {2500}
    books = eventually(lambda: (lambda found: found["agrees"] and found)(
        payments.get(path(event, "payments/reconciliation")).json()))
    assert books["provider"]["refunded"] == books["orders"]["refunded"] == [{"amount": 2500 * ORDERS, "currency": "EUR"}]


def refunds_of_event(provider, event):
    return [refund for refund in provider.control("/refunds")["data"]
            if refund["metadata"].get("event_id") == event["id"]]


def test_a_refund_may_take_its_time_and_may_fail(sale, tickets, payments, provider):
    event, kind = sale
    slow = paid_order(tickets, payments, provider, event, kind, card=REFUND_PENDING)
    created(payments.post(path(event, "orders", slow, "refunds"), {}))
    eventually_is(tickets, event, slow, "refunded")
    lost = paid_order(tickets, payments, provider, event, kind, card=REFUND_FAILS)
    refund = created(payments.post(path(event, "orders", lost, "refunds"), {"amount": lost["total"]}))
    eventually(lambda: payments.get(f"/v1/refunds/{refund['id']}").json()["status"] == "failed")
    shown = eventually(lambda: (lambda order: "refund_failed" in statuses(order) and order)(
        order_of(tickets, event, lost)))
    assert (shown["refunded"]["amount"], shown["status"]) == (0, "paid")


def test_a_refund_of_the_providers_page_is_told_by_its_charge_alone(sale, tickets, payments, provider, bus):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind)
    provider.behave(webhooks="lost")
    [intent] = provider.intents(paid)
    for amount in (400, 600):
        provider.control("/refund", payment_intent=intent["id"], amount=amount)
    told = bus.follow("payments.events")
    for charge in [one for one in provider.events("charge.refunded")
                   if one["data"]["object"]["payment_intent"] == intent["id"]]:
        assert provider.webhook(payments, charge).status_code == 200
    eventually(lambda: order_of(tickets, event, paid)["refunded"]["amount"] == 1000)
    assert sorted(one.header("ce_id") for one in told.drain()) == sorted(
        f"refunded/{refund['id']}" for refund in provider.refunds_of(intent))


def test_a_dispute_is_told(sale, tickets, payments, provider):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind, card=DISPUTED)
    shown = eventually(lambda: (lambda order: "disputed" in statuses(order) and order)(order_of(tickets, event, paid)))
    assert (shown["status"], shown["payments"][-1]["reason"]) == ("paid", "fraudulent")
    eventually(lambda: payments.get(path(event, "orders", paid, "payments")).json()["items"][0].get("disputes"))


def test_money_that_no_provider_took_waits_for_a_person(sale, db, tickets, payments, provider):
    event, kind = sale
    sold = created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    assert db.patch(path(event), {"status": "cancelled"}).status_code == 200
    [refund] = eventually(lambda: payments.get("/v1/refunds", params={
        "status": "waiting", "order_id": sold["id"]}).json()["items"])
    assert (refund["by_hand"], refund["amount"]) == (True, sold["total"])
    approved = payments.post(f"/v1/refunds/{refund['id']}/approve")
    assert (approved.status_code, approved.json()["status"]) == (200, "succeeded")
    eventually_is(tickets, event, sold, "refunded")
    problem_of(payments.post(f"/v1/refunds/{refund['id']}/reject"), 409, "illegal_transition")


def test_refunds_wait_for_approval_where_the_installation_wants_it(sale, tickets, payments, provider, stack):
    event, kind = sale
    paid = paid_order(tickets, payments, provider, event, kind, 2)
    with restarted_with(stack["payments-svc"], REFUNDS="manual"):
        asked = [created(payments.post(path(event, "orders", paid, "refunds"), {"tickets": [ticket["code"]]}))
                 for ticket in paid["tickets"]]
        assert [refund["status"] for refund in asked] == ["waiting", "waiting"]
        rejected = payments.post(f"/v1/refunds/{asked[0]['id']}/reject", {"reason": "too late"})
        assert (rejected.json()["status"], rejected.json()["failure"]) == ("rejected", "too late")
        problem_of(payments.post(f"/v1/refunds/{asked[0]['id']}/approve"), 409, "illegal_transition")
        assert payments.post(f"/v1/refunds/{asked[1]['id']}/approve").status_code == 200
        eventually(lambda: order_of(tickets, event, paid)["refunded"]["amount"] == 2500)
        assert [refund["amount"] for refund in provider.refunds(paid)] == [2500]
