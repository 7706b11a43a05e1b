"""How much is given back of what, and at which pace."""

import pytest

from payments import orders
from payments.problems import ProblemError
from payments.refunds import Pace, _asked, pause_ms

EUR = "EUR"


def money(amount):
    return {"amount": amount, "currency": EUR}


def order(*payments, **changes):
    return {"id": "order_1", "status": "paid", "total": money(5000), "items": [
        {"ticket_type_id": "t", "unit_price": money(2500), "quantity": 2}], "payments": list(payments),
        "tickets": [{"code": "a", "ticket_type_id": "t", "status": "valid"},
                    {"code": "b", "ticket_type_id": "t", "status": "valid"}], **changes}


def said(status, amount, refund_id=None, payment_id="p", **more):
    return {"payment_id": payment_id, "status": status, "amount": money(amount), **more,
            **({"refund_id": refund_id} if refund_id else {})}


def refund(amount, status, id_="r", payment_id="p"):
    return {"id": id_, "payment_id": payment_id, "amount": money(amount), "status": status}


def test_what_is_on_its_way_back_is_not_given_back_again():
    paid = order(said("succeeded", 5000))
    assert orders.left_of_payment(paid, "p", []) == 5000
    for status in ("waiting", "queued", "submitted", "succeeded"):
        assert orders.left_of_payment(paid, "p", [refund(1999, status)]) == 3001
        assert orders.under_way(paid, [refund(1999, status)]) == 1999
    for status in ("failed", "rejected"):
        assert orders.left_of_payment(paid, "p", [refund(1999, status)]) == 5000


def test_what_db_svc_has_counted_counts_once():
    paid = order(said("succeeded", 5000), said("refunded", 1999, "r"))
    assert orders.left_of_payment(paid, "p", [refund(1999, "succeeded")]) == 3001
    assert orders.under_way(paid, [refund(1999, "succeeded")]) == 0
    failed_since = order(said("succeeded", 5000), said("refunded", 1999, "r"), said("refund_failed", 1999, "r"))
    assert orders.left_of_payment(failed_since, "p", [refund(1999, "failed")]) == 5000


def test_the_payment_that_pays_for_the_order_comes_first():
    double = order(said("succeeded", 5000, payment_id="late", reason="already_paid"), said("succeeded", 5000))
    assert [one["payment_id"] for one in orders.paid_by(double)] == ["p", "late"]


def test_tickets_are_refunded_at_their_price_and_everything_is_all_that_is_left():
    assert _asked(order(), {"tickets": ["b"]}, [])[0].amount == 2500
    amount, numbers = _asked(order(), {}, [])
    assert (amount.amount, numbers) == (5000, [1, 2])
    assert _asked(order(), {"amount": money(1)}, []) == (orders.total(order()).with_amount(1), [])


@pytest.mark.parametrize("of", [{"numbers": [2], "tickets": ["before"]}, {"tickets": ["b"]}])
def test_a_ticket_whose_money_is_on_its_way_back_is_not_asked_for_again(of):
    for status in ("waiting", "queued", "submitted", "succeeded"):
        known = [{**refund(2500, status), **of}]
        with pytest.raises(ProblemError) as problem:
            _asked(order(), {"tickets": ["a", "b"]}, known)
        assert problem.value.code == "illegal_transition"
        assert _asked(order(), {}, known)[1] == [1]
    known = [{**refund(2500, "rejected"), **of}]
    assert _asked(order(), {}, known)[1] == [1, 2]


@pytest.mark.parametrize(("body", "code"), [
    ({"tickets": ["c"]}, "validation_failed"), ({"amount": {"amount": 1, "currency": "USD"}}, "validation_failed")])
def test_what_is_not_the_orders_is_refused(body, code):
    with pytest.raises(ProblemError) as problem:
        _asked(order(), body, [])
    assert problem.value.code == code


@pytest.mark.parametrize(("status", "code"), [("checked_in", "checked_in"), ("void", "illegal_transition")])
def test_a_ticket_that_was_used_or_is_void_is_not_refunded(status, code):
    tickets = [{"code": "a", "ticket_type_id": "t", "status": status}]
    with pytest.raises(ProblemError) as problem:
        _asked(order(tickets=tickets), {"tickets": ["a"]}, [])
    assert problem.value.code == code


@pytest.mark.parametrize("body", [{}, {"tickets": ["c", "b", "c", "a"]}])
def test_every_used_ticket_that_is_to_be_refunded_is_told_as_tickets_svc_tells_it(body):
    at = "2026-05-01T18:00:00.000Z"
    used = {"ticket_type_id": "t", "status": "checked_in", "checked_in_at": at}
    tickets = [{"code": "a", "ticket_type_id": "t", "status": "valid"}, {"code": "b", **used, "gate": "north"},
               {"code": "c", **used}]
    with pytest.raises(ProblemError) as problem:
        _asked(order(tickets=tickets), body, [])
    assert problem.value.document()["tickets"] == [
        {"n": 2, "checked_in_at": at, "gate": "north"}, {"n": 3, "checked_in_at": at}]
    with pytest.raises(ProblemError) as problem:
        _asked(order(tickets=tickets), {"tickets": ["c"]}, [])
    assert [one["n"] for one in problem.value.document()["tickets"]] == [3]


def test_refunds_keep_to_so_many_a_minute():
    def begun(pace, now):
        count = 0
        while pace.is_open(now):
            pace.take()
            count += 1
        return count
    slow, quick = Pace(6), Pace(600)
    assert [begun(slow, now) for now in (0, 5, 10, 19, 20, 500)] == [1, 0, 1, 0, 1, 1]
    assert [begun(quick, now) for now in (0, 0.5, 1, 60)] == [10, 5, 5, 10]


def test_pauses_double_and_end_at_a_quarter_of_an_hour():
    assert [pause_ms(attempts) for attempts in (1, 2, 3)] == [1000, 2000, 4000]
    assert pause_ms(50) == 15 * 60_000
