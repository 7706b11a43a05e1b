"""Who has tickets, of which type, and who has come: the list's filters follow every road of a ticket."""

import csv
import io

import pytest

from support import attendee_body, created, eventually, faults, new_event, new_ticket_type, order_body, path, problem_of


class Show:
    """An event with two people on its list, and an order of two general tickets and a VIP one."""

    def __init__(self, db, tickets, attendees):
        self.db, self.tickets, self.attendees = db, tickets, attendees
        self.event = new_event(db)
        self.general, self.vip = (new_ticket_type(db, self.event, type=kind) for kind in ("general", "vip"))
        self.ada, self.bea = (created(attendees.post(path(self.event, "attendees"), attendee_body(name=name)))
                              for name in ("Ada", "Bea"))
        self.order = created(tickets.post(path(self.event, "orders"),
                                          order_body((self.general, 2), (self.vip, 1))))

    def found(self, **query):
        answer = self.attendees.get(path(self.event, "attendees"), params=query)
        assert answer.status_code == 200, answer.text
        return "".join(person["name"][0] for person in answer.json()["items"])

    def holders(self):
        """{type: who has one / who has used one / who has used none}"""
        def all_three(**query):
            return "/".join([self.found(**query), self.found(checked_in="true", **query),
                             self.found(checked_in="false", **query)])
        return {"general": all_three(ticket_type_id=self.general["id"]), "vip": all_three(ticket_type_id=self.vip["id"]),
                "any": all_three()}

    def give(self, verb, n, person):
        return self.done(self.tickets.post(path(self.event, "orders", self.order, "tickets", str(n), verb),
                                           {"name": person["name"], "email": person["email"]}))

    def gate(self, n, *rest):
        return self.done(self.tickets.post(path(self.event, "check-ins", *rest), {"code": self.code(n)}))

    def code(self, n):
        order = self.tickets.get(path(self.event, "orders", self.order)).json()
        return order["tickets"][n - 1]["code"]

    def take_back(self, verb, *numbers):
        body = {"tickets": [self.code(n) for n in numbers], "force": True} if numbers else None
        self.done(self.tickets.post(path(self.event, "orders", self.order, verb), body))

    @staticmethod
    def done(answer):
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def show(db, tickets, attendees):
    return Show(db, tickets, attendees)


def test_who_is_given_a_ticket_is_found_by_it(show):
    assert show.holders() == {"general": "//", "vip": "//", "any": "AB//AB"}
    show.give("assign", 1, show.ada)
    show.give("assign", 3, show.bea)
    assert show.holders() == {"general": "A//A", "vip": "B//B", "any": "AB//AB"}


def test_a_transfer_moves_it_and_a_reissue_does_not(show):
    show.give("assign", 1, show.ada)
    show.give("transfer", 1, show.bea)
    assert show.holders() == {"general": "B//B", "vip": "//", "any": "AB//AB"}
    show.done(show.tickets.post(path(show.event, "orders", show.order, "tickets", "1", "reissue")))
    assert show.holders() == {"general": "B//B", "vip": "//", "any": "AB//AB"}


def test_who_has_come_is_found_until_it_is_undone(show):
    show.give("assign", 1, show.ada)
    show.give("assign", 3, show.ada)
    show.give("assign", 2, show.bea)
    show.gate(1)
    assert show.holders() == {"general": "AB/A/B", "vip": "A//A", "any": "AB/A/B"}
    show.gate(1, "undo")
    assert show.holders() == {"general": "AB//AB", "vip": "A//A", "any": "AB//AB"}
    show.done(show.tickets.post(path(show.event, "check-ins", "bulk"),
                                {"scans": [{"code": show.code(2)}, {"code": show.code(3)}]}))
    assert show.holders() == {"general": "AB/B/A", "vip": "A/A/", "any": "AB/AB/"}


def test_what_is_refunded_or_cancelled_nobody_has(show):
    show.give("assign", 1, show.ada)
    show.give("assign", 2, show.bea)
    show.give("assign", 3, show.ada)
    show.gate(3)
    show.take_back("refund", 3)
    assert show.holders() == {"general": "AB//AB", "vip": "//", "any": "AB//AB"}
    show.take_back("cancel")
    assert show.holders() == {"general": "//", "vip": "//", "any": "AB//AB"}


def test_an_export_takes_the_same_filters(show):
    show.give("assign", 1, show.bea)
    answer = show.attendees.get(path(show.event, "attendees", "export"),
                                params={"ticket_type_id": show.general["id"], "checked_in": "false"})
    assert [row["name"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))] == ["Bea"]


def test_a_filter_takes_only_what_can_be(show):
    answer = show.attendees.get(path(show.event, "attendees"),
                                params={"ticket_type_id": "vip", "checked_in": "perhaps"})
    assert faults(problem_of(answer, 422, "validation_failed"), "parameter") == {
        "ticket_type_id": "invalid_id", "checked_in": "wrong_type"}


def test_a_ticket_that_was_assigned_first_is_theirs_once_they_are_listed(show):
    later = {"name": "Cy", "email": "cy@example.org"}
    for n, email in ((1, "CY@example.org"), (2, "dee@example.org")):
        show.give("assign", n, {"name": "C", "email": email})
    cy = created(show.attendees.post(path(show.event, "attendees"), later))
    answer = show.attendees.request("POST", path(show.event, "attendees", "import"),
                                    data=b"name,email\nDee,dee@example.org\n", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 202, answer.text
    eventually(lambda: show.found(email="dee@example.org") == "D")
    assert show.holders() == {"general": "CD//CD", "vip": "//", "any": "ABCD//ABCD"}
    [ticket] = show.attendees.get(path(show.event, "attendees", cy, "tickets")).json()["items"]
    assert ticket["attendee"] == {"name": "C", "email": "CY@example.org", "attendee_id": cy["id"]}


def test_an_address_is_corrected_wherever_it_stands(show):
    show.give("assign", 1, show.ada)
    show.done(show.attendees.patch(path(show.event, "attendees", show.ada), {"email": "new@example.org"}))
    order = show.done(show.tickets.get(path(show.event, "orders", show.order)))
    assert order["tickets"][0]["attendee"]["email"] == "new@example.org"
    assert show.db.delete(path(show.event, "attendees", show.ada)).status_code == 204
    order = show.done(show.tickets.get(path(show.event, "orders", show.order)))
    assert order["tickets"][0]["attendee"] == {"name": "Ada", "email": "new@example.org"}
    buyer = show.done(show.tickets.patch(path(show.event, "orders", show.order),
                                         {"buyer": {"email": "mended@example.org"}}))["buyer"]
    assert buyer == {**show.order["buyer"], "email": "mended@example.org"}
    found = show.tickets.get(path(show.event, "orders"), params={"email": "mended@example.org"}).json()["items"]
    assert [order["id"] for order in found] == [show.order["id"]]
    problem = problem_of(show.tickets.patch(path(show.event, "orders", show.order), {"items": []}), 422, "validation_failed")
    assert faults(problem) == {"#/items": "read_only"}
