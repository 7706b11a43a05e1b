"""Leaving a list by the button of a mail program (RFC 2369, RFC 8058)."""

import email
import json
import re
from email import policy
from urllib.parse import urlsplit

import pytest
import requests

from support import attendee_body, created, new_event, notification_body, path, problem_of


@pytest.fixture
def event(db):
    return new_event(db)


@pytest.fixture
def person(attendees, event):
    return created(attendees.post(path(event, "attendees"), attendee_body(
        marketing_consent={"given": True, "source": "form"})))


def mail_to(notify, inbox, event, person, **changes):
    before = {message["id"] for message in inbox.messages(person["email"])}
    answer = notify.post(path(event, "notifications"), notification_body(**changes))
    assert answer.status_code == 202, answer.text
    messages = inbox.wait_for(person["email"], len(before) + 1)
    [new] = [message for message in messages if message["id"] not in before]
    mail = email.message_from_string(new["source"], policy=policy.default)
    assert mail["Subject"] == changes.get("subject", "Doors at seven")
    return mail


def way_out(mail):
    """The address that the mail program posts to."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return re.fullmatch(r"<(\S+)>", mail["List-Unsubscribe"])[1]


def consent_of(attendees, event, person):
    return attendees.get(path(event, "attendees", person)).json()["marketing_consent"]


BODIES = [("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
          ("multipart/form-data; boundary=x",
           '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n')]


@pytest.mark.parametrize("kind, body", BODIES)
def test_one_click_ends_marketing_and_nothing_else(attendees, notify, inbox, event, person, kind, body):
    address = way_out(mail_to(notify, inbox, event, person, marketing=True))
    for _ in range(2):
        answer = requests.post(address, data=body, headers={"Content-Type": kind}, timeout=60)
        assert answer.status_code == 200, answer.text
        consent = consent_of(attendees, event, person)
        assert (consent["given"], consent["source"]) == (False, "unsubscribe")
    assert attendees.get(path(event, "attendees", person)).json()["status"] == "unconfirmed"
    answer = notify.post(path(event, "notifications"), notification_body(marketing=True))
    mail = mail_to(notify, inbox, event, person, subject="Doors moved")
    assert mail["List-Unsubscribe"] is None
    assert len(inbox.messages(person["email"])) == 2


def test_looking_at_the_address_changes_nothing(stack, attendees, notify, inbox, event, person):
    address = way_out(mail_to(notify, inbox, event, person, marketing=True))
    answer = requests.get(address, timeout=60)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert consent_of(attendees, event, person)["given"] is True
    token = urlsplit(address).query.partition("=")[2]
    assert token not in stack["attendees-svc"].process.log.read_text()
    answer = attendees.post("/v1/attendees/unsubscribe", {"token": token})
    assert answer.json() == {"status": "unconfirmed", "event_name": event["name"]}
    assert consent_of(attendees, event, person)["given"] is False


def test_the_text_can_tell_of_the_way_out(attendees, notify, inbox, event, person):
    mail = mail_to(notify, inbox, event, person, marketing=True, message="Leave: {{links.unsubscribe}}")
    address = mail.get_body(("plain",)).get_content().split()[1]
    assert urlsplit(address).path.endswith("/unsubscribe")
    answer = attendees.post("/v1/attendees/unsubscribe", {"token": urlsplit(address).fragment})
    assert answer.status_code == 200, answer.text
    assert consent_of(attendees, event, person)["given"] is False


@pytest.mark.parametrize("query, kind, body, status, code", [
    ("token=nonsense", *BODIES[0], 422, "invalid_token"),
    ("", *BODIES[0], 422, "invalid_token"),
    ("token=nonsense", BODIES[0][0], "x=y", 400, "invalid_request"),
    ("token=nonsense", "text/plain", BODIES[0][1], 415, "unsupported_media_type"),
    ("", "application/json", "{}", 422, "validation_failed"),
    ("", "application/json", "{", 400, "invalid_json"),
    ("", "application/json", json.dumps({"token": "nonsense"}), 422, "invalid_token"),
])
def test_what_is_no_way_out_is_refused(attendees, query, kind, body, status, code):
    answer = requests.post(f"{attendees.url}/v1/attendees/unsubscribe?{query}", data=body,
                           headers={"Content-Type": kind}, timeout=60)
    problem_of(answer, status, code)
