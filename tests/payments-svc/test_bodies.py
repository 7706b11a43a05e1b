"""Every fault of a body is named at once, with its pointer."""

import re
from pathlib import Path

import pytest

from payments import bodies, problems
from payments.problems import ProblemError


def faults(shape, body):
    with pytest.raises(ProblemError) as problem:
        shape.check(body)
    assert problem.value.code == "validation_failed"
    return {error["pointer"]: error["code"] for error in problem.value.document()["errors"]}


def test_every_fault_is_named_at_once():
    assert faults(bodies.CHECKOUT, {"provider": "cash", "amount": {"amount": -1, "currency": "eur"}, "embedded": 1,
                                    "success_url": "a\nb", "nonsense": 1}) == {
        "#/provider": "not_allowed", "#/amount/amount": "too_small", "#/amount/currency": "invalid_currency",
        "#/embedded": "wrong_type", "#/success_url": "invalid_text", "#/nonsense": "unknown_member"}
    assert faults(bodies.REFUND, {"amount": {}, "tickets": ["a", "a", 1], "reason": "x" * 201}) == {
        "#/amount/amount": "required", "#/amount/currency": "required", "#/tickets/1": "duplicate",
        "#/tickets/2": "wrong_type", "#/reason": "too_long", "#/tickets": "at_most_one"}
    assert faults(bodies.REFUND, []) == {"#": "wrong_type"}


@pytest.mark.parametrize(("raw", "code"), [
    (b"{", "invalid_json"), (b'{"a":1,"a":2}', "invalid_json"), (b'{"a":NaN}', "invalid_json"),
    (b"\xff", "invalid_json"), (b"[" * 100_000, "invalid_json")])
def test_what_is_no_json_is_refused(raw, code):
    with pytest.raises(ProblemError) as problem:
        bodies.parse(raw, "application/json")
    assert problem.value.code == code


def test_another_media_type_is_refused_and_nothing_is_an_empty_object():
    assert bodies.parse(b"", "") == {}
    with pytest.raises(ProblemError, match="unsupported_media_type"):
        bodies.parse(b"a=b", "application/x-www-form-urlencoded")


def test_a_whole_number_may_be_written_with_a_fraction_of_zero():
    def parsed(amount):
        return bodies.parse(f'{{"amount": {{"amount": {amount}, "currency": "EUR"}}}}'.encode(), "application/json")
    assert bodies.CHECKOUT.check(parsed("25.0"))["amount"]["amount"] == 25
    for amount in ("2.5", "1e400"):
        assert faults(bodies.CHECKOUT, parsed(amount)) == {"#/amount/amount": "wrong_type"}


def test_codes_that_other_services_have_mean_the_same_here():
    table = (Path(__file__).resolve().parents[2] / "libshared/contract/problems.def").read_text()
    theirs = {code: (int(status), title) for code, status, title in
              re.findall(r'^PROBLEM\((\w+), (\d+), "([^"]*)"', table, re.MULTILINE)}
    shared = theirs.keys() & problems.PROBLEMS.keys()
    assert len(shared) > 10
    assert {code: problems.PROBLEMS[code][:2] for code in shared} == {code: theirs[code] for code in shared}
