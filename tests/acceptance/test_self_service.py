"""Links by which people confirm and cancel their registration by themselves."""

import base64
import email
import hashlib
import json
import re
from datetime import datetime, timedelta, timezone
from email import policy

import pytest

from support import (Rest, attendee_body, created, eventually, faults, new_event, notification_body, path,
                     problem_of)


@pytest.fixture
def event(db):
    return new_event(db)


@pytest.fixture
def person(attendees, event):
    return created(attendees.post(path(event, "attendees"), attendee_body()))


def links(service, event, person):
    answer = service.post(path(event, "attendees", person, "links"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def use(service, verb, token, **options):
    return service.post(f"/v1/attendees/{verb}", {"token": token}, **options)


def status_of(attendees, event, person):
    return attendees.get(path(event, "attendees", person)).json()["status"]


def test_a_person_confirms_and_cancels_by_link(attendees, event, person):
    both = links(attendees, event, person)
    assert set(both) == {"confirm", "cancel"}
    for link in both.values():
        assert link["url"].endswith(f"#{link['token']}")
        left = datetime.fromisoformat(link["expires_at"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
        assert timedelta(days=29) < left < timedelta(days=31)
    for verb, status in (("confirm", "confirmed"), ("confirm", "confirmed"), ("cancel", "cancelled"),
                         ("cancel", "cancelled")):
        answer = use(attendees, verb, both[verb]["token"])
        assert (answer.status_code, answer.json()) == (200, {"status": status, "event_name": event["name"]})
        assert status_of(attendees, event, person) == status
    problem_of(use(attendees, "confirm", both["confirm"]["token"]), 409, "illegal_transition")


def test_a_link_is_for_one_purpose_and_one_person(attendees, event, person):
    both = links(attendees, event, person)
    token = both["confirm"]["token"]
    other = created(attendees.post(path(event, "attendees"), attendee_body()))
    for forged in (both["cancel"]["token"], token[:-1] + ("A" if token[-1] != "A" else "B"),
                   token.replace(person["id"], other["id"]), "x", token + "x", "\u00fc" * 200):
        problem_of(use(attendees, "confirm", forged), 422, "invalid_token")
    assert status_of(attendees, event, person) == status_of(attendees, event, other) == "unconfirmed"


def test_a_link_dies_with_the_address_it_was_sent_to(attendees, event, person):
    token = links(attendees, event, person)["confirm"]["token"]
    assert attendees.patch(path(event, "attendees", person), {"email": "new@example.org"}).status_code == 200
    problem_of(use(attendees, "confirm", token), 422, "invalid_token")
    again = links(attendees, event, person)["confirm"]["token"]
    assert use(attendees, "confirm", again).status_code == 200


@pytest.mark.parametrize("body, wrong", [({}, {"#/token": "required"}), ({"token": 7}, {"#/token": "wrong_type"}),
                                         ({"token": "x", "status": "confirmed"}, {"#/status": "unknown_member"})])
def test_what_is_not_just_a_token_is_refused(attendees, body, wrong):
    problem = problem_of(attendees.post("/v1/attendees/confirm", body), 422, "validation_failed")
    assert faults(problem) == wrong


def test_links_of_nobody_are_404(db, attendees, event, person):
    for where, whom in ((event, "attendee_01jz3w4v9he8qb2m5x7k6d0c1n"), (new_event(db), person)):
        problem_of(attendees.post(path(where, "attendees", whom, "links")), 404, "not_found")


def test_the_token_alone_opens_the_door_and_no_other(stack, db, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("".join(f"{scope}:{hashlib.sha256(scope.encode()).hexdigest()}:{scope}\n"
                            for scope in ("attend", "read")))
    service = stack.add_service("attendees-svc", API_KEYS_FILE=str(keys))
    service.start()
    desk, reader, nobody = Rest(service.url, "attend"), Rest(service.url, "read"), Rest(service.url)
    event = new_event(db)
    person = created(desk.post(path(event, "attendees"), attendee_body()))
    problem_of(reader.post(path(event, "attendees", person, "links")), 403, "forbidden")
    problem_of(nobody.post(path(event, "attendees", person, "links")), 401, "unauthorized")
    token = links(desk, event, person)["confirm"]["token"]
    problem_of(nobody.get(path(event, "attendees", person), headers={"Authorization": f"Bearer {token}"}), 401,
               "unauthorized")
    assert use(nobody, "confirm", token).status_code == 200
    assert desk.get(path(event, "attendees", person)).json()["status"] == "confirmed"
    assert token not in service.process.log.read_text()
    assert service.stop() == 0


def test_a_token_works_over_kafka_wherever_it_is_sent(attendees, bus, event, person):
    token = links(attendees, event, person)["cancel"]["token"]
    reply = bus.ask("attendee.cancel_by_token", {"token": token}, key="anything")
    assert (reply.status, reply.json["status"]) == (200, "cancelled")
    assert status_of(attendees, event, person) == "cancelled"
    reply = bus.ask("attendee.cancel_by_token", {"token": "nonsense"}, key="anything")
    assert (reply.status, reply.json["code"]) == (422, "invalid_token")
    assert token not in json.dumps(reply.json)


def test_links_in_a_notification_work_and_are_not_in_its_history(attendees, notify, inbox, event, person):
    answer = notify.post(path(event, "notifications"), notification_body(
        message="Confirm: {{attendee.confirm_url}}\nCancel: {{attendee.cancel_url}}\n"))
    assert answer.status_code == 202, answer.text
    [mail] = inbox.wait_for(person["email"])
    text = email.message_from_string(mail["source"], policy=policy.default).get_body(("plain",)).get_content()
    tokens = dict(re.findall(r"/(confirm|cancel)#(\S+)", text))
    assert use(attendees, "confirm", tokens["confirm"]).json()["status"] == "confirmed"
    assert use(attendees, "cancel", tokens["cancel"]).json()["status"] == "cancelled"
    history = notify.get(path(event, "notifications", answer.json(), "deliveries")).text
    assert "{{links.confirm}}" in history and not any(token in history for token in tokens.values())


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
def test_a_link_leads_to_a_page_that_asks_first(attendees, event, person, verb):
    """Mail scanners follow links: only the button does anything."""
    link = links(attendees, event, person)[verb]
    address, _, token = link["url"].partition("#")
    assert (address, token) == (f"{attendees.url}/v1/attendees/{verb}", link["token"])
    answer = attendees.get(f"/v1/attendees/{verb}")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    script = answer.text.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert status_of(attendees, event, person) == "unconfirmed"


def test_an_expired_link_says_so(stack, db, attendees, event):
    """Links live as long as the installation says."""
    person = created(attendees.post(path(event, "attendees"), attendee_body()))
    service = stack["db-svc"]
    service.stop()
    service.variables["SELF_SERVICE_SECONDS"] = "1"
    try:
        service.start()
        token = links(attendees, event, person)["confirm"]["token"]
        eventually(lambda: use(attendees, "confirm", token).status_code == 410)
        problem_of(use(attendees, "confirm", token), 410, "token_expired")
    finally:
        service.stop()
        del service.variables["SELF_SERVICE_SECONDS"]
        service.start()
