"""An event's own texts for its automatic messages: begun from the defaults, tried out, saved, and read in mails."""

import base64
import re

import pytest
from test_automatic import address, only, parts_of, text_of
from test_picture import picture_of, png

from support import attendee_body, created, faults, new_event, new_ticket_type, order_body, pages, path, problem_of

KINDS = ["welcome", "tickets", "ticket", "postponed", "moved", "cancelled", "reminder", "refunded", "address_changed"]


def save(notify, event, **texts):
    answer = notify.patch(path(event, "message-texts"), texts)
    assert answer.status_code == 200, answer.text
    return answer.json()


def text(locale, message, subject="Ours: {{event.name}}"):
    return {"locale": locale, "subject": subject, "message": message}


def test_the_defaults_are_there_to_begin_from(db, notify):
    event = new_event(db)
    defaults = notify.get(path(event, "message-defaults")).json()
    assert list(defaults) == KINDS
    for kind, texts in defaults.items():
        assert [one["locale"] for one in texts] == ["en", "es"], kind
    shown = notify.get(path(event, "message-texts"))
    assert shown.json()["event_id"] == event["id"] and shown.headers["ETag"] == '"0"'
    assert not set(KINDS) & set(shown.json())
    saved = notify.put(path(event, "message-texts"), defaults, headers={"If-Match": '"0"'})
    assert saved.status_code == 200, saved.text
    assert {kind: saved.json()[kind] for kind in KINDS} == defaults
    assert notify.get(path(event, "message-texts")).json() == saved.json()
    assert notify.put(path(event, "message-texts"), {}, headers={"If-Match": '"0"'}).status_code == 412
    assert not set(KINDS) & set(notify.put(path(event, "message-texts"), {}).json())
    assert db.get(path(event)).json()["version"] == event["version"], "an edit of texts is none of the event"
    for door in ("message-texts", "message-defaults"):
        problem_of(notify.get(path({**event, "id": "event_01jz3w4v9he8qb2m5x7k6d0c1n"}, door)), 404, "not_found")


def test_a_mail_has_the_own_words_and_keeps_its_cards_its_button_and_its_calendar(db, tickets, notify, inbox):
    event, buyer, other = new_event(db, messages={"tickets": True, "changes": True}), address(), address()
    kind = new_ticket_type(db, event)
    save(notify, event, tickets=[text("ca", "Gràcies!\n\nFins aviat, {{recipient.name}}."), text("es", "¡Gracias!")])
    order = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=buyer)))
    mail = only(inbox, buyer)
    assert mail["subject"] == f"Ours: {event['name']}"
    told = text_of(mail)
    assert told.startswith("Gràcies!\r\n\r\nFins aviat" if "\r\n" in told else "Gràcies!\n\nFins aviat")
    assert "thank you for your order" not in told and "/orders/mine#" in told
    assert all(ticket["code"] in told for ticket in order["tickets"])
    kinds = [part.get_content_type() for part in parts_of(mail).walk()]
    assert (kinds.count("image/png"), kinds.count("text/calendar"), kinds.count("application/pdf")) == (2, 1, 1)
    page = parts_of(mail).get_body(("html",)).get_content()
    assert 'class="button" href="http' in page and page.count('src="cid:') == 2 and "Fins aviat" in page
    assert parts_of(mail)["Auto-Submitted"] == "auto-generated"
    [sent] = pages(notify, path(event, "notifications"))
    [delivery] = pages(notify, path(event, "notifications", sent, "deliveries"))
    assert delivery["subject"] == mail["subject"] and "Fins aviat" in delivery["message"]
    save(notify, event, tickets=[text("en", "Changed.")], cancelled=[text("en", "Off: {{event.starts_at}}")])
    created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=other)))
    assert "Changed." in text_of(only(inbox, other))
    assert db.post(path(event, "cancel")).status_code == 200
    inbox.wait_for(other, 2)
    [off] = [mail for mail in inbox.messages(other) if "Off: Saturday 1 June 2030" in text_of(mail)]
    [calendar] = [part for part in parts_of(off).walk() if part.get_content_type() == "text/calendar"]
    assert "METHOD:CANCEL" in calendar.get_content()


def test_who_reads_another_language_has_its_default(db, attendees, notify, inbox):
    event, spanish, english = new_event(db, messages={"welcome": True}), address(), address()
    save(notify, event, welcome=[text("en", "Hi {{attendee.name}}")])
    for who, locale in ((spanish, "es"), (english, "en-GB")):
        created(attendees.post(path(event, "attendees"), attendee_body(email=who, locale=locale)))
    assert "gracias por inscribirte" in text_of(only(inbox, spanish))
    told = text_of(only(inbox, english))
    assert told.startswith("Hi ") and "/confirm#" in told and "/cancel#" in told


def test_a_preview_shows_the_mail_and_sends_nothing(db, notify, inbox):
    event = new_event(db, color="#a4161a", contact="office@example.org")
    for kind in KINDS:
        for locale in ("en", "es"):
            answer = notify.post(path(event, "message-texts", "preview"), {"kind": kind, "locale": locale})
            assert answer.status_code == 200, answer.text
            shown = answer.json()
            assert set(shown) - {"own"} == {"kind", "locale", "subject", "message", "html"}
            assert event["name"] in shown["subject"] and "Ana García" in shown["message"]
            assert "#a4161a" in shown["html"] and "cid:" not in shown["html"] and "{{" not in shown["html"]
            cards = shown["html"].count('src="data:image/png;base64,')
            assert cards == {"tickets": 2, "ticket": 1}.get(kind, 0), kind
    tried = notify.post(path(event, "message-texts", "preview"),
                        {"kind": "moved", "texts": [text("en", "<b>New</b>: {{event.starts_at}}")]}).json()
    assert tried["own"] and tried["message"] == "<b>New</b>: Saturday 1 June 2030, 20:00"
    assert "&lt;b&gt;New&lt;/b&gt;" in tried["html"]
    assert list(pages(notify, path(event, "notifications"))) == [] and inbox.messages("ana@example.org") == []


def test_a_preview_has_the_events_picture_as_mails_have(db, notify):
    event = new_event(db, status="draft")
    picture_of(db, event, png(900, 300), alt="Two <dancers>")
    picture = base64.b64encode(db.get(path(event, "picture")).content).decode()
    for kind in ("welcome", "tickets"):
        shown = notify.post(path(event, "message-texts", "preview"), {"kind": kind}).json()["html"]
        assert shown.count("data:image/jpeg;base64,") == 1 and "cid:" not in shown
        assert re.search(r'src="data:image/jpeg;base64,([^"]+)" alt="Two &lt;dancers&gt;"', shown)[1] == picture
        assert shown.index(picture) < shown.index(event["name"], shown.index("<body"))
    assert db.delete(path(event, "picture")).status_code == 204
    assert "image/jpeg" not in notify.post(path(event, "message-texts", "preview"), {"kind": "moved"}).json()["html"]


@pytest.mark.parametrize("wrong, expected", [
    ({"welcome": [text("en", "{{event.nmae}}", "{{event.name")]},
     {"#/welcome/0/subject": "unknown_field", "#/welcome/0/message": "unknown_field"}),
    ({"tickets": [text("en", "a"), text("en", "b")]}, {"#/tickets/1/locale": "duplicate"}),
    ({"reminder": [text("en", "x" * 20481), {"locale": "no locale"}]},
     {"#/reminder/0/message": "too_long", "#/reminder/1/locale": "invalid_locale", "#/reminder/1/subject": "required",
      "#/reminder/1/message": "required"}),
    ({"ticket": [text("en", "a", "{{links.order}}")], "tickets": [text("en", "{{tickets.list}}", "{{tickets.list}}")]},
     {"#/ticket/0/subject": "not_in_subject", "#/tickets/0/subject": "not_in_subject"}),
    ({"moved": [text("en", "a", "two\nlines")], "birthday": []},
     {"#/moved/0/subject": "invalid_text", "#/birthday": "unknown_member"})])
def test_what_is_wrong_is_refused_where_it_is_saved(db, notify, wrong, expected):
    event = new_event(db)
    for method in (notify.put, notify.patch):
        problem = problem_of(method(path(event, "message-texts"), wrong), 422, "validation_failed")
        assert faults(problem) == expected
    assert notify.get(path(event, "message-texts")).headers["ETag"] == '"0"'


def test_a_designers_page_is_previewed_as_it_is_sent(db, notify):
    event = new_event(db)
    shown = notify.post(path(event, "message-texts", "preview"), {"kind": "tickets"}).json()
    assert re.search(r'<img src="data:image/png;base64,[A-Za-z0-9+/=]+" alt="QR …"', shown["html"])
