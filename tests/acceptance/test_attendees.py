"""People on an event's list."""

from collections import Counter

import pytest

from support import at_once, attendee_body, created, faults, new_event, on_sale, pages, path, problem_of


@pytest.fixture
def event(db):
    return new_event(db)


def register(attendees, event, **changes):
    return attendees.post(path(event, "attendees"), attendee_body(**changes))


def test_a_person_registers_and_is_found(attendees, event):
    answer = register(attendees, event, name="Gr\u00e0cia L\u00f3pez", phone="+34600111222", external_id="crm-1",
                      metadata={"diet": "vegan"})
    person = created(answer)
    assert (person["status"], person["event_id"]) == ("unconfirmed", event["id"])
    assert (person["name"], person["phone"]) == ("Gr\u00e0cia L\u00f3pez", "+34600111222")
    assert (person["external_id"], person["metadata"]) == ("crm-1", {"diet": "vegan"})
    assert answer.headers["Location"] == path(event, "attendees", person)
    assert attendees.get(path(event, "attendees", person)).json() == person


def test_an_address_registers_once_whatever_its_case(attendees, event):
    created(register(attendees, event, email="grace@example.org"))
    problem_of(register(attendees, event, email="Grace@EXAMPLE.org"), 409, "duplicate_email")


def test_a_family_shares_an_address_where_the_event_lets_it(db, attendees):
    event = new_event(db, shared_addresses=True)
    ada, ben = (created(register(attendees, event, name=name, email="family@example.org", phone="+34 600-111 222"))
                for name in ("Ada", "Ben"))
    assert ada["phone"] == ben["phone"] == "+34600111222"
    problem_of(register(attendees, event, name="ADA", email="Family@example.org"), 409, "duplicate_email")
    problem_of(attendees.patch(path(event, "attendees", ben), {"name": "Ada"}), 409, "duplicate_email")
    assert attendees.post(path(event, "attendees", ada, "erase")).status_code == 200
    assert attendees.get(path(event, "attendees", ben)).json()["name"] == "Ben"


def test_an_address_is_the_same_however_its_domain_is_written(attendees, event):
    person = created(register(attendees, event, email="grace@m\u00fcnchen.example"))
    problem_of(register(attendees, event, email="Grace@XN--Mnchen-3ya.example"), 409, "duplicate_email")
    for email in ("grace@m\u00fcnchen.example", "GRACE@xn--mnchen-3ya.EXAMPLE"):
        found = attendees.get(path(event, "attendees"), params={"email": email}).json()["items"]
        assert [one["id"] for one in found] == [person["id"]]


def test_of_32_registrations_of_one_address_at_once_one_is_taken(attendees, event):
    answers = at_once(32, lambda _: register(attendees, event, email="grace@example.org"))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 31}
    assert len(list(pages(attendees, path(event, "attendees")))) == 1


def test_an_address_may_register_for_each_event(db, attendees, event):
    created(register(attendees, event, email="grace@example.org"))
    created(register(attendees, new_event(db), email="grace@example.org"))


def test_a_person_confirms_and_cancels(attendees, event):
    person = created(register(attendees, event))
    address = path(event, "attendees", person)
    for verb, status in (("confirm", "confirmed"), ("confirm", "confirmed"), ("cancel", "cancelled"),
                         ("cancel", "cancelled")):
        answer = attendees.post(f"{address}/{verb}")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    problem_of(attendees.post(f"{address}/confirm"), 409, "illegal_transition")
    assert attendees.get(address).json()["status"] == "cancelled"


def test_a_verb_that_changes_nothing_leaves_the_version(attendees, event):
    address = path(event, "attendees", created(register(attendees, event)))
    first = attendees.post(f"{address}/confirm")
    again = attendees.post(f"{address}/confirm")
    assert (again.headers["ETag"], again.json()) == (first.headers["ETag"], first.json())


def test_a_verb_heeds_if_match(attendees, event):
    answer = register(attendees, event)
    address = path(event, "attendees", created(answer))
    stale = answer.headers["ETag"]
    assert attendees.patch(address, {"name": "Grace"}).status_code == 200
    problem_of(attendees.post(f"{address}/confirm", headers={"If-Match": stale}), 412, "precondition_failed")


def test_who_cancelled_may_register_again(attendees, event):
    person = created(register(attendees, event, email="grace@example.org"))
    assert attendees.post(path(event, "attendees", person, "cancel")).status_code == 200
    again = created(register(attendees, event, email="grace@example.org"))
    assert again["id"] != person["id"]


def test_details_change_but_not_the_status_nor_to_anothers_address(attendees, event):
    created(register(attendees, event, email="ada@example.org"))
    person = created(register(attendees, event, email="grace@example.org"))
    address = path(event, "attendees", person)
    assert attendees.patch(address, {"name": "Grace Hopper"}).json()["name"] == "Grace Hopper"
    problem_of(attendees.patch(address, {"email": "ADA@example.org"}), 409, "duplicate_email")
    problem = problem_of(attendees.patch(address, {"status": "confirmed"}), 422, "validation_failed")
    assert faults(problem) == {"#/status": "read_only"}
    assert attendees.patch(address, {"email": "hopper@example.org"}).status_code == 200
    created(register(attendees, event, email="grace@example.org"))


def test_lists_are_filtered_by_status_address_and_beginning(attendees, event):
    ada = created(register(attendees, event, name="Ada Lovelace", email="ada@example.org"))
    grace = created(register(attendees, event, name="Grace Hopper", email="hopper@example.org"))
    ada = attendees.post(path(event, "attendees", ada, "confirm")).json()

    def found(**query):
        return [person["id"] for person in pages(attendees, path(event, "attendees"), **query)]
    assert found() == [ada["id"], grace["id"]]
    assert found(status="confirmed") == [ada["id"]]
    assert found(email="HOPPER@example.org") == [grace["id"]]
    assert found(q="gra") == [grace["id"]]
    assert found(q="hopp") == [grace["id"]]
    assert found(q="a", status="unconfirmed") == []
    assert found(q="nobody") == []
    assert found(q="hopper gra") == [grace["id"]] and found(q=grace["id"]) == [grace["id"]]


def test_a_filter_takes_only_what_can_be(attendees, event):
    answer = attendees.get(path(event, "attendees"), params={"status": "asleep"})
    assert faults(problem_of(answer, 422, "validation_failed"), "parameter") == {"status": "not_allowed"}


def test_nobody_registers_for_a_cancelled_event(db, attendees, event):
    assert db.patch(path(event), {"status": "cancelled"}).status_code == 200
    problem_of(register(attendees, event), 409, "illegal_transition")


def test_both_doors_see_the_same_people(db, attendees):
    event, _ = on_sale(db)
    person = created(register(attendees, event))
    assert db.get(path(event, "attendees", person)).json() == person
    assert db.delete(path(event, "attendees", person)).status_code == 204
    problem_of(attendees.get(path(event, "attendees", person)), 404, "not_found")


def test_an_address_of_its_own_allows_only_its_own_methods(attendees, event):
    for name in ("counts", "export"):
        address = path(event, "attendees", name)
        problem_of(attendees.patch(address, {}), 404, "not_found")
        problem_of(attendees.delete(address), 405, "method_not_allowed")
        for method in ("DELETE", "OPTIONS"):
            allowed = attendees.request(method, address).headers["Allow"].split(", ")
            assert set(allowed) == {"GET", "HEAD", "OPTIONS"}, (method, name)
