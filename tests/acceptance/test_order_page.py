"""The page of a buyer's own order: what its readers see, and what they may do, by the token of their link alone."""

import hashlib
import http.client
import json
import re
import subprocess
from urllib.parse import urlsplit

import pytest
from test_mail_content import address, mails

from support import Rest, at_once, created, eventually, new_event, new_ticket_type, on_sale, order_body, path, problem_of
from support.paying import paid_order

PAGE = "/v1/orders/mine"


@pytest.fixture
def sold(db, tickets):
    """An event with an order of two tickets, and its buyer's address."""
    event, kind = on_sale(db, name="Stalls")
    who = address()
    return event, created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer=who))), who


def link_of(tickets, event, order):
    answer = tickets.post(path(event, "orders", order, "links"))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), answer.text
    link = answer.json()["order"]
    assert link["url"] == f"{tickets.url}{PAGE}#{link['token']}"
    return link


def token_of(tickets, event, order):
    return link_of(tickets, event, order)["token"]


def mailed_token(tickets, mail):
    text = mail.get_body(("plain",)).get_content()
    [token] = re.findall(re.escape(f"{tickets.url}{PAGE}#") + r"(\S+)", text)
    return token


def seen(tickets, token, **more):
    answer = tickets.post(PAGE, {"token": token, **more})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), answer.text
    return answer.json()


def give(tickets, event, order, number, who, verb="assign"):
    answer = tickets.post(path(event, "orders", order, "tickets", str(number), verb), {"name": "Bea Blau", "email": who})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_link_cannot_keep_everybody_else_waiting(tickets, sold):
    """A page draws a code for each ticket: a hundred of them, again and again, are work for all who read."""
    event, order, _ = sold
    token, other = token_of(tickets, event, order), token_of(tickets, event, created(
        tickets.post(path(event, "orders"), order_body(({"id": order["items"][0]["ticket_type_id"]}, 1)))))
    answers = at_once(240, lambda n: tickets.post(f"{PAGE}/tickets.pdf" if n % 2 else PAGE, {"token": token}))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and len(refused) < len(answers)
    assert problem_of(refused[0], 429, "too_many_tries") and refused[0].headers["Retry-After"] == "60"
    assert seen(tickets, other)["buyer"]


def test_a_buyer_sees_the_order(tickets, sold):
    event, order, _ = sold
    page = seen(tickets, token_of(tickets, event, order))
    assert (page["order_id"], page["status"], page["buyer"], page["total"]) == (
        order["id"], "paid", True, {"amount": 5000, "currency": "EUR"})
    assert (page["event"]["name"], page["event"]["where"]) == (event["name"], event["location"])
    assert "Europe/Madrid" in page["event"]["when"]
    assert [ticket["code"] for ticket in page["tickets"]] == [ticket["code"] for ticket in order["tickets"]]
    for ticket in page["tickets"]:
        assert (ticket["type"], ticket["holder"], ticket["status"], ticket["yours"]) == (
            "Stalls", "Ada Lovelace", "valid", True)
        assert ticket["qr"].startswith("iVBOR")


def test_the_reader_chooses_the_language_where_the_order_says_none(db, tickets, sold):
    event, order, _ = sold
    token = token_of(tickets, event, order)
    assert "1 de junio de 2030" in seen(tickets, token, locale="es-MX")["event"]["when"]
    assert "1 June 2030" in seen(tickets, token, locale="en")["event"]["when"]
    body = {"buyer": {"locale": "es"}}
    assert tickets.patch(path(event, "orders", order), body).status_code == 200
    assert "1 de junio de 2030" in seen(tickets, token, locale="en")["event"]["when"]


def test_a_code_is_on_its_holders_link_alone(db, tickets, inbox, sold):
    event, order, buyer = sold
    holder = address()
    assert db.patch(path(event), {"messages": {"tickets": True}}).status_code == 200
    theirs = give(tickets, event, order, 2, holder)
    first, second = order["tickets"]
    own = seen(tickets, token_of(tickets, event, order))
    assert [ticket.get("code") for ticket in own["tickets"]] == [first["code"], None]
    assert "qr" not in own["tickets"][1] and own["tickets"][1]["holder"] == "Bea Blau"
    assert holder not in json.dumps(own)
    [mail] = mails(inbox, holder)
    shown = seen(tickets, mailed_token(tickets, mail))
    assert [ticket["code"] for ticket in shown["tickets"]] == [second["code"]] == [theirs["code"]]
    assert not shown["buyer"] and "total" not in shown
    assert buyer not in json.dumps(shown) and first["code"] not in json.dumps(shown)


def test_a_mail_leads_to_the_order(db, tickets, inbox):
    event, kind = on_sale(db)
    assert db.patch(path(event), {"messages": {"tickets": True}}).status_code == 200
    who = address()
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=who)))
    [mail] = mails(inbox, who)
    assert seen(tickets, mailed_token(tickets, mail))["order_id"] == order["id"]
    html = mail.get_body(("html",)).get_content()
    assert re.search(r'class="button"[^>]*href="' + re.escape(f"{tickets.url}{PAGE}#"), html) or re.search(
        r'href="' + re.escape(f"{tickets.url}{PAGE}#") + r'[^>]*class="button"', html)


def test_a_ticket_is_passed_on_and_its_name_corrected(db, tickets, inbox, sold):
    event, order, _ = sold
    assert db.patch(path(event), {"messages": {"tickets": True}}).status_code == 200
    token, holder = token_of(tickets, event, order), address()
    answer = tickets.post(f"{PAGE}/tickets/1/name", {"token": token, "name": "Ada King"})
    assert answer.json() == {"number": 1, "status": "valid", "yours": True}
    answer = tickets.post(f"{PAGE}/tickets/2/transfer", {"token": token, "name": "Bea Blau", "email": holder})
    assert answer.json() == {"number": 2, "status": "valid", "yours": False}
    first, second = tickets.get(path(event, "orders", order)).json()["tickets"]
    assert (first["code"], first["attendee"]["name"]) == (order["tickets"][0]["code"], "Ada King")
    assert second["code"] != order["tickets"][1]["code"] and second["attendee"]["email"] == holder
    [mail] = mails(inbox, holder)
    assert [ticket["code"] for ticket in seen(tickets, mailed_token(tickets, mail))["tickets"]] == [second["code"]]
    problem_of(tickets.post(f"{PAGE}/tickets/2/name", {"token": token, "name": "X"}), 404, "not_found")
    steps = tickets.get(path(event, "orders", order, "history")).json()["items"]
    assert {"ticket.rename_by_token", "ticket.transfer_by_token"} <= {step.get("command") for step in steps}


def test_own_tickets_are_printed_and_the_event_goes_into_a_calendar(tickets, sold):
    event, order, _ = sold
    token = token_of(tickets, event, order)
    give(tickets, event, order, 2, address())
    answer = tickets.post(f"{PAGE}/tickets.pdf", {"token": token})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in answer.headers["Cache-Control"]
    text = subprocess.run(["pdftotext", "-", "-"], input=answer.content, capture_output=True, check=True).stdout.decode()
    assert order["tickets"][0]["code"] in text and order["tickets"][1]["code"] not in text
    answer = tickets.post(f"{PAGE}/event.ics", {"token": token})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert f"UID:{event['id']}@" in answer.text and "DTSTART" in answer.text


def test_a_held_order_and_a_cancelled_one_say_so(db, tickets):
    event, kind = on_sale(db)
    held = created(tickets.post(path(event, "orders"), order_body((kind, 1), hold_seconds=600)))
    page = seen(tickets, token_of(tickets, event, held))
    assert (page["status"], page["expires_at"], page.get("tickets", [])) == ("held", held["expires_at"], [])
    paid = created(tickets.post(path(event, "orders"), order_body((kind, 1))))
    token = token_of(tickets, event, paid)
    assert tickets.post(path(event, "orders", paid, "cancel")).status_code == 200
    page = seen(tickets, token)
    assert (page["status"], page["tickets"][0]["status"]) == ("cancelled", "void")
    assert "code" not in page["tickets"][0] and "qr" not in page["tickets"][0]
    problem_of(tickets.post(f"{PAGE}/tickets.pdf", {"token": token}), 404, "not_found")


def test_a_link_is_for_one_order_and_one_address(tickets, sold):
    event, order, _ = sold
    token = token_of(tickets, event, order)
    for forged in (token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), "x", token + "x", "\u00fc" * 200,
                   token.replace(order["id"], "order_01jz3w4v9he8qb2m5x7k6d0c1n"), token.replace("order.", "cancel.", 1)):
        problem_of(tickets.post(PAGE, {"token": forged}), 422, "invalid_token")
    assert tickets.patch(path(event, "orders", order), {"buyer": {"email": address()}}).status_code == 200
    problem_of(tickets.post(PAGE, {"token": token}), 422, "invalid_token")
    assert seen(tickets, token_of(tickets, event, order))["buyer"]


def test_the_token_alone_opens_the_door_and_is_in_no_log(stack, db, tickets, sold, tmp_path):
    event, order, _ = sold
    keys = tmp_path / "keys"
    keys.write_text("".join(f"{scope}:{hashlib.sha256(scope.encode()).hexdigest()}:{scope}\n" for scope in ("sell", "read")))
    service = stack.add_service("tickets-svc", API_KEYS_FILE=str(keys), LOG_LEVEL="debug")
    service.start()
    desk, reader, nobody = Rest(service.url, "sell"), Rest(service.url, "read"), Rest(service.url)
    problem_of(nobody.post(path(event, "orders", order, "links")), 401, "unauthorized")
    problem_of(reader.post(path(event, "orders", order, "links")), 403, "forbidden")
    token = desk.post(path(event, "orders", order, "links")).json()["order"]["token"]
    assert seen(nobody, token)["order_id"] == order["id"]
    problem_of(nobody.get(path(event, "orders", order), headers={"Authorization": f"Bearer {token}"}), 401, "unauthorized")
    problem_of(nobody.post(PAGE, {}), 422, "validation_failed")
    assert token not in service.process.log.read_text() and token not in stack["db-svc"].process.log.read_text()
    assert service.stop() == 0


def asked_from(tickets, source, token):
    """The status that a client at that address of this machine gets."""
    service = urlsplit(tickets.url)
    connection = http.client.HTTPConnection(service.hostname, service.port, timeout=60, source_address=(source, 0))
    connection.request("POST", PAGE, json.dumps({"token": token}), {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_wrong_tokens_are_bounded_and_lock_nobody_else_out(tickets, sold):
    event, order, _ = sold
    token = token_of(tickets, event, order)
    wrong = token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB")
    for _ in range(70):
        assert seen(tickets, token)["order_id"] == order["id"], "right ones are not counted"

    def refused():
        answer = tickets.post(PAGE, {"token": wrong})
        assert answer.status_code in (422, 429)
        return [answer] if answer.status_code == 429 else []
    [answer] = eventually(refused, every=0)
    problem_of(answer, 429, "too_many_tries")
    assert answer.headers["Retry-After"] == "60"
    assert seen(tickets, token)["order_id"] == order["id"], "who has been here"
    assert tickets.post(f"{PAGE}/tickets/1/name", {"token": token, "name": "Ada King"}).status_code == 200
    assert asked_from(tickets, "127.0.0.2", wrong) == 422, "another client"
    other = created(tickets.post(path(event, "orders"), order_body(({"id": order["items"][0]["ticket_type_id"]}, 1))))
    assert seen(tickets, token_of(tickets, event, other))["order_id"] == other["id"], "another order"


def test_the_page_itself_shows_nothing_and_changes_nothing(tickets):
    answer = tickets.get(PAGE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"
    policy = answer.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} <= set(
        policy.split("; "))
    assert "unsafe" not in policy and "http" not in policy and "//" not in re.sub(r"'sha256-[^']*'", "", policy)
    assert not re.search(r'(src|href)=(?!"data:,")', answer.text.partition("<script>")[0])


def test_a_buyer_cancels_where_the_event_lets_them(db, tickets, inbox):
    event = new_event(db, buyer_may_cancel_until="2030-05-31T12:00:00Z", messages={"tickets": True})
    kind = new_ticket_type(db, event)
    order = created(tickets.post(path(event, "orders"), order_body((kind, 3), buyer=address())))
    token, holder = token_of(tickets, event, order), address()
    give(tickets, event, order, 3, holder, "transfer")
    page = seen(tickets, token, locale="en")
    assert page["cancel"] == {
        "until": "2030-05-31T12:00:00.000Z", "until_text": "Friday 31 May 2030, 14:00 (Europe/Madrid)",
        "refund": {"amount": 5000, "currency": "EUR"}, "refund_text": "50.00 EUR"}
    assert [ticket.get("cancel", {}).get("refund_text") for ticket in page["tickets"]] == ["25.00 EUR", "25.00 EUR", None]
    assert tickets.get(f"{PAGE}/cancel").status_code in (404, 405), "GET changes nothing"
    for _ in range(2):
        answer = tickets.post(f"{PAGE}/tickets/1/cancel", {"token": token}, idempotency_key=token[-20:])
        assert (answer.status_code, answer.json()["status"]) == (200, "paid"), answer.text
        assert answer.json()["refund_due"] == {"amount": 2500, "currency": "EUR"}
    theirs = mailed_token(tickets, mails(inbox, holder)[0])
    assert not {"cancel"} & set(seen(tickets, theirs)) | set(seen(tickets, theirs)["tickets"][0]) & {"cancel"}
    for verb in ("tickets/3/cancel", "cancel"):
        problem_of(tickets.post(f"{PAGE}/{verb}", {"token": theirs}), 404, "not_found")
    problem_of(tickets.post(f"{PAGE}/tickets/3/cancel", {"token": token}), 404, "not_found")
    answer = tickets.post(f"{PAGE}/cancel", {"token": token})
    assert [ticket["status"] for ticket in answer.json()["tickets"]] == ["void", "void", "valid"]
    page = seen(tickets, token)
    assert (page["status"], page["refund_due"]["amount"], page["refund_due_text"]) == ("paid", 5000, "50.00 EUR")
    assert "cancel" not in page
    record = tickets.get(path(event, "orders", order)).json()
    assert [ticket.get("void_reason") for ticket in record["tickets"]] == ["cancelled", "cancelled", None]
    assert eventually(lambda: [item for item in tickets.get(path(event, "availability")).json()["items"] if item["sold"] == 1])


def test_a_cancellation_is_paid_back(db, tickets, payments, provider):
    event = new_event(db, buyer_may_cancel_until="2030-05-31T12:00:00Z")
    kind = new_ticket_type(db, event)
    order = paid_order(tickets, payments, provider, event, kind, 2)
    token = token_of(tickets, event, order)
    assert tickets.post(f"{PAGE}/tickets/2/cancel", {"token": token}).status_code == 200
    eventually(lambda: seen(tickets, token).get("refunded", {}).get("amount") == 2500)
    assert tickets.post(f"{PAGE}/cancel", {"token": token}).status_code == 200
    eventually(lambda: seen(tickets, token)["status"] == "refunded")
    record = tickets.get(path(event, "orders", order)).json()
    assert (record["refunded"]["amount"], record["refund_due"]["amount"]) == (5000, 0)


def test_nobody_cancels_where_the_event_does_not_say_so_or_later(db, tickets):
    event, kind = on_sale(db)
    order = created(tickets.post(path(event, "orders"), order_body((kind, 1), buyer=address())))
    token = token_of(tickets, event, order)
    assert "cancel" not in seen(tickets, token)
    problem_of(tickets.post(f"{PAGE}/cancel", {"token": token}), 409, "cancellation_closed")
    assert db.patch(path(event), {"buyer_may_cancel_until": "2026-01-01T00:00:00Z"}).status_code == 200
    assert "cancel" not in seen(tickets, token)
    problem = problem_of(tickets.post(f"{PAGE}/tickets/1/cancel", {"token": token}), 409, "cancellation_closed")
    assert problem["buyer_may_cancel_until"] == "2026-01-01T00:00:00.000Z"
