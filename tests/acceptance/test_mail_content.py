"""What a mail is made of, as a mail program reads it."""

import email
import re
import secrets
import shutil
import subprocess
from email import policy

import pytest

from support import (attendee_body, created, new_event, new_ticket_type, notification_body, on_sale,
                     order_body, pages, path, problem_of)

PNG = b"\x89PNG\r\n\x1a\n"


def address():
    return f"someone-{secrets.token_hex(6)}@example.org"


def send(notify, event, **changes):
    answer = notify.post(path(event, "notifications"), notification_body(**changes))
    assert answer.status_code == 202, answer.text
    return answer.json()


def parsed(message):
    return email.message_from_string(message["source"], policy=policy.default)


def mails(inbox, who, count=1):
    received = inbox.wait_for(who, count)
    assert len(received) == count
    return [parsed(message) for message in received]


def parts(mail, kind):
    return [part for part in mail.walk() if part.get_content_type() == kind]


def buy(tickets, event, kind, quantity, buyer, **changes):
    body = order_body((kind, quantity), buyer=buyer)
    body["buyer"].update(changes)
    return created(tickets.post(path(event, "orders"), body))


def codes_of(mail):
    html = mail.get_body(("html",)).get_content()
    return set(re.findall(r"<code[^>]*>([^<]+)</code>", html))


def test_a_mail_shows_the_qr_codes_of_its_tickets(db, tickets, notify, inbox):
    event, kind = on_sale(db)
    who = address()
    first, second = buy(tickets, event, kind, 2, who), buy(tickets, event, kind, 1, who.upper())
    buy(tickets, event, kind, 1, address())
    send(notify, event, attach=["tickets"], message="{{tickets.count}}: {{tickets.list}}",
         audience={"ticket_type_id": kind["id"]})
    [mail] = mails(inbox, who)
    codes = {ticket["code"] for order in (first, second) for ticket in order["tickets"]}
    assert codes_of(mail) == codes
    text = mail.get_body(("plain",)).get_content()
    assert text.startswith("3: ") and all(f"Stalls: {code}" in text for code in codes)

    [related] = parts(mail, "multipart/related")
    pictures = {part["Content-ID"].strip("<>"): part for part in parts(related, "image/png")}
    html = mail.get_body(("html",)).get_content()
    assert set(re.findall(r'src="cid:([^"]+)"', html)) == set(pictures)
    for n, part in enumerate(pictures.values(), 1):
        assert part.get_content_disposition() == "inline"
        assert part.get_filename() == f"ticket-{n}.png"
        assert part.get_content().startswith(PNG)
    drawn = tickets.get(path(event, "orders", first, "tickets", "1", "qr.png")).content
    assert drawn in [part.get_content() for part in pictures.values()]


def read_pdf(mail):
    """The text of each page."""
    if not shutil.which("pdftotext"):
        pytest.skip("not installed: pdftotext")
    [part] = parts(mail, "application/pdf")
    assert part.get_content_disposition() == "attachment" and part.get_filename() == "tickets.pdf"
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=part.get_content(), capture_output=True, check=True)
    *read, end = done.stdout.decode().split("\f")
    assert not end
    return read


@pytest.mark.parametrize("name", ["Ana García", "Иван Петров", "山田太郎", "W" * 200, "Zo\u200de\u200b"])
def test_tickets_come_to_print_a_page_each(db, tickets, notify, inbox, name):
    event = new_event(db, name=name, location="Palau")
    kind = new_ticket_type(db, event, name="Stalls")
    assert db.patch(path(event), {"status": "published"}).status_code == 200
    who = address()
    order = buy(tickets, event, kind, 12, who)
    assert tickets.post(path(event, "orders", order, "tickets", "2", "assign"),
                        {"name": name, "email": who}).status_code == 200
    send(notify, event, attach=["tickets"], message="m", locale="en", audience={"ticket_type_id": kind["id"]})
    [mail] = mails(inbox, who)
    read = read_pdf(mail)
    codes = [ticket["code"] for ticket in order["tickets"]]
    assert [[code for code in codes if code in page] for page in read] == [[code] for code in codes]
    letters = re.sub(r"[\u200b-\u200d\s-]", "", name)
    for number, page in enumerate(read, 1):
        text = re.sub(r"[\u200b-\u200d\s-]", "", page)
        assert "Saturday 1 June 2030, 20:00" in page and "Palau" in page and "Stalls" in page
        assert text.count(letters) == (2 if number == 2 else 1)
    page = mail.get_body(("html",)).get_content()
    assert codes[9] in page and codes[10] not in page and "And 2 more tickets" in page
    text = mail.get_body(("plain",)).get_content()
    assert all(code in text for code in codes)


def test_each_ticket_has_a_mail_of_its_own_if_so_chosen(db, tickets, notify, inbox):
    event, kind = on_sale(db)
    who, friend = address(), address()
    order = buy(tickets, event, kind, 3, who)
    answer = tickets.post(path(event, "orders", order, "tickets", "3", "assign"),
                          {"name": "Luis", "email": friend})
    assert answer.status_code == 200, answer.text
    notification = send(notify, event, attach=["tickets"], per="ticket",
                        audience={"ticket_type_id": kind["id"]})
    found = [codes_of(mail) for mail in mails(inbox, who, 2)]
    expected = [ticket["code"] for ticket in order["tickets"]]
    assert sorted(code for codes in found for code in codes) == sorted(expected[:2])
    [mail] = mails(inbox, friend)
    assert codes_of(mail) == {expected[2]}
    page = mail.get_body(("html",)).get_content()
    assert ">Stalls</p>" in page and ">Luis</p>" in page
    deliveries = list(pages(notify, path(event, "notifications", notification, "deliveries")))
    assert sorted(delivery["ticket"] for delivery in deliveries) == [1, 2, 3]
    assert not any(code in str(delivery) for delivery in deliveries for code in expected)


def ics_lines(mail):
    [part] = parts(mail, "text/calendar")
    assert part.get_content_disposition() == "attachment"
    assert part.get_filename() == "event.ics"
    assert part.get_param("method") == "PUBLISH"
    text = part.get_payload(decode=True).decode()
    assert text.count("\n") == text.count("\r\n")
    return text.replace("\r\n ", "").split("\r\n")


def test_the_event_comes_as_a_calendar_file(db, notify, inbox):
    event = new_event(db, name="Night; of, the Proms ñ", ends_at="2030-06-01T23:00:00+02:00")
    who = address()
    send(notify, event, attach=["calendar"], audience={"recipients": [{"email": who}]})
    lines = ics_lines(mails(inbox, who)[0])
    assert {"METHOD:PUBLISH", "DTSTART;TZID=Europe/Madrid:20300601T200000",
            "DTEND;TZID=Europe/Madrid:20300601T230000", "TZID:Europe/Madrid", "STATUS:CONFIRMED",
            "LOCATION:Palau\\, Barcelona", "SUMMARY:Night\\; of\\, the Proms ñ",
            f"SEQUENCE:{event['version']}"} <= set(lines)
    [uid] = [line for line in lines if line.startswith("UID:")]
    assert event["id"] in uid

    assert db.post(path(event, "cancel")).status_code == 200
    other = address()
    send(notify, event, attach=["calendar"], audience={"recipients": [{"email": other}]})
    again = ics_lines(mails(inbox, other)[0])
    assert uid in again and "STATUS:CANCELLED" in again
    [sequence] = [int(line[9:]) for line in again if line.startswith("SEQUENCE:")]
    assert sequence > event["version"]


def test_without_attachments_a_mail_has_none(db, notify, inbox):
    event = new_event(db)
    who = address()
    send(notify, event, audience={"recipients": [{"email": who}]})
    [mail] = mails(inbox, who)
    assert {part.get_content_type() for part in mail.walk() if not part.is_multipart()} == {
        "text/plain", "text/html"}


def test_everybody_reads_their_language(db, tickets, attendees, notify, inbox):
    event, kind = on_sale(db)
    people = {locale: created(attendees.post(path(event, "attendees"), attendee_body(
        **({"locale": locale} if locale else {})))) for locale in ("es-MX", "en", None)}
    texts = dict(locale="en", subject="Soon: {{event.name}}", message="On {{event.starts_at}}.",
                 texts=[{"locale": "es", "subject": "Pronto: {{event.name}}",
                         "message": "El {{event.starts_at}}, ¡ven!"}])
    send(notify, event, **texts)
    [mail] = mails(inbox, people["es-MX"]["email"])
    assert mail["Subject"] == "Pronto: Night of the Proms"
    assert mail.get_body(("plain",)).get_content().strip() == (
        "El sábado, 1 de junio de 2030, 20:00, ¡ven!")
    for locale in ("en", None):
        [mail] = mails(inbox, people[locale]["email"])
        assert mail["Subject"] == "Soon: Night of the Proms"
        assert mail.get_body(("plain",)).get_content().strip() == "On Saturday 1 June 2030, 20:00."
    buyer = address()
    buy(tickets, event, kind, 1, buyer, locale="es")
    send(notify, event, **texts, audience={"ticket_type_id": kind["id"]})
    [mail] = mails(inbox, buyer)
    assert mail["Subject"].startswith("Pronto")


def test_what_does_not_fit_together_is_refused(db, notify):
    event = new_event(db)
    answer = notify.post(path(event, "notifications"), notification_body(
        per="ticket", attach=["tickets"], texts=[
            {"locale": "es", "message": "{{event.nam}}"}, {"locale": "es", "message": "m"}]))
    body = problem_of(answer, 422, "validation_failed")
    assert {(error["pointer"], error["code"]) for error in body["errors"]} == {
        ("#/per", "not_allowed"), ("#/texts/0/message", "unknown_field"),
        ("#/texts/1/locale", "duplicate")}
    answer = notify.post(path(event, "notifications"), notification_body(
        attach=["kitten"], locale="es_ES"))
    body = problem_of(answer, 422, "validation_failed")
    assert {(error["pointer"], error["code"]) for error in body["errors"]} == {
        ("#/attach/0", "not_allowed"), ("#/locale", "invalid_locale")}


def test_a_name_is_no_template(db, tickets, notify, inbox):
    event, kind = on_sale(db)
    bold = "https://evil.example/?c={{tickets.codes}}&l={{links.confirm}}"
    who = address()
    [ticket] = buy(tickets, event, kind, 1, who, name=bold)["tickets"]
    notification = send(notify, event, subject="{{order.name}}",
                        message="{{order.name}} {{tickets.codes}} {{recipient.name}}",
                        audience={"ticket_type_id": kind["id"]})
    [mail] = mails(inbox, who)
    assert mail["Subject"] == bold
    assert mail.get_body(("plain",)).get_content().strip() == f"{bold} {ticket['code']} {bold}"
    assert mail.get_body(("html",)).get_content().partition("</title>")[2].count(ticket["code"]) == 1
    [delivery] = pages(notify, path(event, "notifications", notification, "deliveries"))
    assert delivery["message"] == f"{bold} {{{{tickets.codes}}}} {bold}"


@pytest.mark.parametrize("forged", ["a\\r\\nBcc: victim@example.org", "a;X-Spam: 1", "\"a\" <b>body</b>, b",
                                    "=?UTF-8?Q?a=0D=0ABcc:_victim@example.org?="])
def test_no_value_of_a_field_forges_a_header_or_a_tag(db, attendees, notify, inbox, forged):
    event = new_event(db, name=forged)
    who = created(attendees.post(path(event, "attendees"), attendee_body(name=forged)))
    send(notify, event, subject="{{event.name}} {{attendee.name}}", message="{{attendee.name}}",
         attach=["calendar"])
    [mail] = mails(inbox, who["email"])
    assert mail["Bcc"] is None and mail["X-Spam"] is None
    assert mail["To"].addresses[0].addr_spec == who["email"]
    assert "<b>" not in mail.get_body(("html",)).get_content()
    assert not any(line.startswith(("Bcc", "X-Spam", "<b>")) for line in ics_lines(mail))
    assert inbox.messages("victim@example.org") == []
