"""What the provider's events mean: one message an outcome, whichever event tells it."""

import json

import pytest

from payments.outcomes import KINDS, ForeignError, Ours, outcomes_of

IDS = {"payment_id": "payment_1", "order_id": "order_1", "event_id": "event_1"}


class Known:
    def payment_of(self, provider_payment):
        return Ours("payment_1", "order_1", "event_1") if provider_payment == "pi_1" else None

    def tickets_of(self, refund_id):
        return ["abc"] if refund_id == "refund_1" else []

    def refunds_of(self, provider_payment):
        assert provider_payment == "pi_1"
        return [{"currency": "eur", **one} for one in (refund(refund_id="refund_1", tickets="1"),
                                                       {**refund(), "id": "re_2"}, {**refund("pending"), "id": "re_3"})]


def all_told(kind, **thing):
    return outcomes_of({"type": kind, "data": {"object": {"metadata": IDS, "currency": "eur", **thing}}}, Known())


def told(kind, **thing):
    outcomes = all_told(kind, **thing)
    assert len(outcomes) < 2
    return outcomes[0] if outcomes else None


def session(**more):
    return {"id": "cs_1", "amount_total": 2500, "payment_intent": "pi_1", "payment_status": "paid", **more}


def test_a_success_is_one_message_whichever_event_tells_it():
    by_session = told("checkout.session.completed", **session())
    by_intent = told("payment_intent.succeeded", id="pi_1", amount_received=2500)
    assert by_session.id == by_intent.id == "succeeded/payment_1"
    assert by_session.value() == by_intent.value()
    assert json.loads(by_session.value()) == {**IDS, "amount": {"amount": 2500, "currency": "EUR"}}
    assert by_session.provider_payment == by_intent.provider_payment == "pi_1"


def test_what_completes_unpaid_is_no_success():
    assert told("checkout.session.completed", **session(payment_status="unpaid")) is None
    assert told("checkout.session.async_payment_succeeded", **session()).type == "payment.succeeded"


def test_each_decline_is_told_with_its_reason_under_the_same_payment():
    first = told("payment_intent.payment_failed", id="pi_1", amount=2500, latest_charge="ch_1",
                 last_payment_error={"code": "card_declined", "decline_code": "insufficient_funds"})
    second = told("payment_intent.payment_failed", id="pi_1", amount=2500, latest_charge="ch_2",
                  last_payment_error={"code": "expired_card"})
    assert (first.id, second.id) == ("failed/ch_1", "failed/ch_2")
    assert [one.body["reason"] for one in (first, second)] == ["insufficient_funds", "expired_card"]
    assert {one.body["payment_id"] for one in (first, second)} == {"payment_1"}


def refund(status="succeeded", **metadata):
    return {"id": "re_1", "amount": 1000, "payment_intent": "pi_1", "status": status,
            "metadata": {**IDS, **metadata} if metadata else {}}


def test_a_refund_of_ours_is_told_by_our_id_with_its_tickets():
    for kind in ("refund.created", "refund.updated", "charge.refund.updated"):
        outcome = told(kind, **refund(refund_id="refund_1", tickets="1"))
        assert outcome.id == "refunded/refund_1"
        assert outcome.body["tickets"] == ["abc"]


def test_a_refund_made_at_the_provider_is_found_by_its_payment():
    outcome = told("refund.created", **refund())
    assert (outcome.type, outcome.id, outcome.order_id) == ("payment.refunded", "refunded/re_1", "order_1")
    assert b"tickets" not in outcome.value()


def test_a_charge_that_was_refunded_tells_each_refund_that_has_ended_as_its_own_event_does():
    ours = told("refund.created", **refund(refund_id="refund_1", tickets="1"))
    theirs = told("refund.created", **{**refund(), "id": "re_2"})
    by_charge = all_told("charge.refunded", id="ch_1", payment_intent="pi_1", amount=5000, amount_refunded=3000)
    assert [(one.id, one.value()) for one in by_charge] == [(one.id, one.value()) for one in (ours, theirs)]


@pytest.mark.parametrize(("status", "kind"), [("pending", None), ("requires_action", None),
                                              ("failed", "payment.refund_failed"),
                                              ("canceled", "payment.refund_failed")])
def test_a_refund_is_told_once_it_has_ended(status, kind):
    outcome = told("refund.updated", **refund(status))
    assert (outcome.type if outcome else None) == kind


def test_a_dispute_is_told_of_the_payment_that_it_is_about():
    outcome = told("charge.dispute.created", id="dp_1", amount=2500, payment_intent="pi_1", metadata={},
                   reason="fraudulent")
    assert (outcome.type, outcome.id, outcome.body["payment_id"]) == ("payment.disputed", "disputed/dp_1", "payment_1")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_others_have_made_is_foreign(kind):
    with pytest.raises(ForeignError):
        told(kind, id="x_1", metadata={}, payment_intent="pi_2", amount=1, amount_total=1, amount_received=1,
             payment_status="paid", status="succeeded")


def test_other_kinds_tell_nothing():
    assert told("customer.created", id="cus_1") is None
