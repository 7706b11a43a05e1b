"""The tickets of an order to print, as a PDF reader shows them."""

import re
import shutil
import subprocess
import threading
import time

import pytest

from support import created, new_event, new_ticket_type, on_sale, order_body, path, problem_of

pytestmark = pytest.mark.skipif(not shutil.which("pdftotext"), reason="not installed: pdftotext")


def pages_of(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tickets.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.content, capture_output=True, check=True)
    *pages, end = done.stdout.decode().split("\f")
    assert not end
    return pages


def printed(tickets, event, order):
    return tickets.get(path(event, "orders", order, "tickets.pdf"))


def buy(tickets, event, kind, quantity, **changes):
    body = order_body((kind, quantity))
    body["buyer"].update(changes)
    return created(tickets.post(path(event, "orders"), body))


def test_an_order_is_printed_a_page_each_in_its_buyers_language(db, tickets):
    event = new_event(db, name="Gala d'estiu", location="Palau")
    kind = new_ticket_type(db, event, name="Platea")
    assert db.patch(path(event), {"status": "published"}).status_code == 200
    order = buy(tickets, event, kind, 3, locale="es")
    assert tickets.post(path(event, "orders", order, "tickets", "2", "assign"),
                        {"name": "Иван Петров", "email": "ivan@example.org"}).status_code == 200
    pages = pages_of(printed(tickets, event, order))
    codes = [ticket["code"] for ticket in order["tickets"]]
    assert [[code for code in codes if code in page] for page in pages] == [[code] for code in codes]
    for page in pages:
        assert "sábado, 1 de junio de 2030, 20:00" in re.sub(r"\s+", " ", page)
        assert "Gala d'estiu" in page and "Palau" in page and "Platea" in page
    assert ["Иван Петров" in page for page in pages] == [False, True, False]


def test_a_ticket_that_admits_nobody_is_not_printed(db, tickets):
    event, kind = on_sale(db)
    order = buy(tickets, event, kind, 2)
    first, second = (ticket["code"] for ticket in order["tickets"])
    assert tickets.post(path(event, "orders", order, "cancel"), {"tickets": [first]}).status_code == 200
    [page] = pages_of(printed(tickets, event, order))
    assert second in page and first not in page
    assert tickets.post(path(event, "orders", order, "cancel")).status_code == 200
    problem_of(printed(tickets, event, order), 404, "not_found")
    held = created(tickets.post(path(event, "orders"), order_body((kind, 1), hold_seconds=60)))
    problem_of(printed(tickets, event, held), 404, "not_found")
    other = new_event(db)
    problem_of(printed(tickets, other, order), 404, "not_found")


def test_a_hundred_tickets_are_drawn_while_others_are_served(db, tickets):
    event, kind = on_sale(db, per_order_limit=100)
    order = buy(tickets, event, kind, 100)
    answers = []
    drawing = [threading.Thread(target=lambda: answers.append(printed(tickets, event, order))) for _ in range(4)]
    for one in drawing:
        one.start()
    while any(one.is_alive() for one in drawing):
        assert tickets.get("/livez").status_code == 200
        time.sleep(0.01)
    assert [len(pages_of(answer)) for answer in answers] == [100] * 4
