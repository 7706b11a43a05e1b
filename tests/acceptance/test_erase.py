"""Somebody asks to be forgotten: nothing anywhere names them any more, and every sum stays as it was."""

import pymongo
import pytest

from support import (at_once, attendee_body, created, eventually, new_event, on_sale, order_body, pages, path,
                     problem_of, stock_of)

NAME, EMAIL, PHONE = "Zo\u00eb Quimblethorpe-Fitz", "Zoe.Quimblethorpe@Example.org", "+34611000123"
NEEDLES = ("quimblethorpe", PHONE[1:])  # longer than what a ticket's random code has by chance


@pytest.fixture
def everything_kept(stack):
    """Every document of the database, as text without case."""
    def documents():
        with pymongo.MongoClient(stack["database"].uri) as client:
            for name in client.list_database_names():
                if name in ("admin", "config", "local"):
                    continue
                for collection in client[name].list_collection_names():
                    for document in client[name][collection].find():
                        yield f"{name}.{collection}: {document!r}".casefold()
    return documents


def naming(documents, *more):
    return [one[:300] for one in documents if any(needle in one for needle in (*NEEDLES, *more))]


def register(attendees, event, **changes):
    return attendees.post(path(event, "attendees"),
                          attendee_body(**{"name": NAME, "email": EMAIL, "phone": PHONE, **changes}))


def buy(tickets, event, kind, quantity=1, email=EMAIL.upper(), **changes):
    body = order_body((kind, quantity), **changes)
    body["buyer"] = {"name": NAME, "email": email, "phone": PHONE}
    return tickets.post(path(event, "orders"), body)


def erase(service, *where):
    answer = service.post(path(*where, "erase"))
    assert answer.status_code == 200, answer.text
    eventually(lambda: service.get(path(*where, "erasure")).json()["status"] == "done")
    return answer.json()


def read_everywhere(db, tickets, attendees, notify, event, *more):
    addresses = [(attendees, path(event, "attendees")), (tickets, path(event, "orders")),
                 (tickets, path(event, "check-ins")), (tickets, path(event, "check-ins", "codes")),
                 (notify, path(event, "notifications")), (db, path(event, "attendees")), *more]
    addresses += [(notify, path(event, "notifications", one, "deliveries"))
                  for one in pages(notify, path(event, "notifications"))]
    for service, address in addresses:
        for item in pages(service, address):
            yield f"{address}: {item!r}".casefold()


def test_nothing_names_who_was_erased(db, tickets, attendees, notify, inbox, bus, everything_kept):
    event, kind = on_sale(db, per_buyer_limit=4)
    facts = [bus.follow(f"{module}.facts") for module in ("attendees", "tickets", "notifications")]
    person = created(attendees.post(path(event, "attendees"), idempotency_key="came-in", json=attendee_body(
        name=NAME, email=EMAIL, phone=PHONE, external_id="quimblethorpe-7", metadata={"diet": "Quimblethorpe's own"},
        marketing_consent={"given": True, "source": "Quimblethorpe's letter"})))
    friend = created(attendees.post(path(event, "attendees"), attendee_body(name="Ben")))
    order = created(buy(tickets, event, kind, 2, metadata={"note": "for Quimblethorpe"}, external_id="shop-1"))
    other = created(tickets.post(path(event, "orders"), order_body((kind, 2), buyer="ben@example.org")))
    holder = {"name": NAME, "email": EMAIL}
    for number in ("1", "2"):
        assert tickets.post(path(event, "orders", other, "tickets", number, "assign"), holder).status_code == 200
    moved = tickets.post(path(event, "orders", other, "tickets", "2", "transfer"),
                         {"name": "Ben", "email": "ben@example.org"})
    assert moved.status_code == 200
    given = tickets.post(path(event, "orders", order, "tickets", "2", "assign"),
                         {"name": "Ben", "email": "ben@example.org"})
    assert given.status_code == 200
    for code in (order["tickets"][0]["code"], other["tickets"][0]["code"]):
        assert tickets.post(path(event, "check-ins"), {"code": code}).status_code == 200
    attendees.post(path(event, "attendees", "import"), headers={"Content-Type": "text/csv"},
                   data=f"name,email\n{NAME},{EMAIL}\n{NAME},nowhere\n".encode())
    attendees.patch(path(event, "attendees", person), {"name": f"{NAME} II"})
    for audience in ({"all": True}, {"attendees": [person["id"]]}, {"ticket_type_id": kind["id"]},
                     {"recipients": [{"name": NAME, "email": EMAIL}, {"name": "Ben", "email": "ben@example.org"}]}):
        notice = {"channel": "email", "subject": "For {{recipient.name}}", "message": "Dear {{attendee.name}}",
                  "audience": audience}
        answer = notify.post(path(event, "notifications"), notice)
        assert answer.status_code == 202, answer.text
        eventually(lambda one=answer.json(): notify.get(path(event, "notifications", one)).json()["status"] == "sent")
    listing = notify.post(path(event, "notifications"), {
        "channel": "email", "subject": "Tickets", "message": "{{order.name}} bought {{tickets.list}}", "per": "ticket",
        "attach": ["tickets"], "audience": {"ticket_type_id": kind["id"]}})
    assert listing.status_code == 202, listing.text
    eventually(lambda: notify.get(path(event, "notifications", listing.json())).json()["status"] == "sent")
    planned = notify.post(path(event, "notifications"), {
        "channel": "email", "subject": "Later", "message": "Later", "send_at": "2030-01-01T00:00:00Z",
        "audience": {"recipients": [{"name": NAME, "email": EMAIL, "phone": PHONE}, {"name": "Ben", "phone": "+34600000001"}]}})
    assert planned.status_code == 202
    assert naming(everything_kept()), "the test would find something"

    def sums():
        found = attendees.get(path(event, "attendees", "counts")).json()
        came = [one["id"] for one in pages(attendees, path(event, "attendees"), checked_in="true")]
        return found, came, stock_of(tickets, event, kind), tickets.get(path(event, "orders", order)).json()["total"]
    before = sums()
    erased = erase(attendees, event, "attendees", person)
    assert (erased["id"], erased["status"]) == (person["id"], "unconfirmed")
    assert erased["erased_at"] and "name" not in erased and "email" not in erased
    assert naming(everything_kept(), person["email"].casefold()) == []
    assert sums() == before

    more = [(attendees, path(event, "attendees", person, "tickets"))]
    assert naming(read_everywhere(db, tickets, attendees, notify, event, *more)) == []
    for answer in (attendees.get(path(event, "attendees", person)), tickets.get(path(event, "orders", order)),
                   tickets.get(path(event, "orders", other)), attendees.get(path(event, "attendees", "export")),
                   attendees.get(path(event, "attendees", person, "erasure")),
                   notify.get(path(event, "notifications", planned.json()))):
        assert answer.status_code == 200
        assert naming([answer.text.casefold()]) == []
    for service, address, query in ((attendees, "attendees", {"q": "quimblethorpe"}), (attendees, "attendees", {"email": EMAIL}),
                                    (tickets, "orders", {"email": EMAIL}), (notify, "notifications", {"recipient": EMAIL})):
        assert service.get(path(event, address), params=query).json()["items"] == []
    assert attendees.get(path(event, "attendees", friend)).json() == friend
    told = []

    def erasure_is_told():
        told.extend(record for follower in facts for record in follower.drain(0.2))
        return any(record.type == "attendee.erased" for record in told)
    eventually(erasure_is_told)
    assert naming(repr(record.value).casefold() for record in told) == []
    [fact] = [record.json for record in told if record.type == "attendee.erased"]
    assert fact.keys() == {"epoch", "event_id", "attendee_id"}
    assert (fact["event_id"], fact["attendee_id"]) == (event["id"], person["id"])

    again = attendees.post(path(event, "attendees"), idempotency_key="came-in", json=attendee_body(
        name=NAME, email=EMAIL, phone=PHONE, external_id="quimblethorpe-7", metadata={"diet": "Quimblethorpe's own"},
        marketing_consent={"given": True, "source": "Quimblethorpe's letter"}))
    problem_of(again, 410, "erased")
    assert attendees.post(path(event, "attendees", person, "erase")).json() == erased
    problem_of(buy(tickets, event, kind, 3), 422, "limit_exceeded")
    back = created(register(attendees, event))
    assert back["id"] != person["id"]
    assert [one["id"] for one in pages(attendees, path(event, "attendees"), q="quimblethorpe")] == [back["id"]]
    erase(attendees, event, "attendees", back)
    assert naming(everything_kept()) == []


def test_many_orders_are_erased_by_pages(db, tickets, attendees, everything_kept):
    event, kind = on_sale(db, capacity=1000)
    person = created(register(attendees, event))
    for _ in range(130):
        created(buy(tickets, event, kind))
    erase(attendees, event, "attendees", person)
    job = attendees.get(path(event, "attendees", person, "erasure")).json()
    assert (job["status"], job["orders"], job["attendees"]) == ("done", 130, 1)
    assert job["done_at"]
    assert naming(everything_kept()) == []
    assert stock_of(tickets, event, kind) == (1000, 130, 0, 870)


def test_an_erasure_goes_on_where_a_kill_left_it(stack, db, tickets, attendees, everything_kept):
    event, kind = on_sale(db, capacity=1000)
    person = created(register(attendees, event))
    for _ in range(8):
        for answer in at_once(50, lambda _: buy(tickets, event, kind)):
            created(answer)
    assert attendees.post(path(event, "attendees", person, "erase")).status_code == 200
    left = []
    for _ in range(3):
        stack["db-svc"].kill()
        left.append(len(naming(everything_kept())))
        stack["db-svc"].start()
    assert left[0] > 0, "it was over before the kill"

    def done():
        job = attendees.get(path(event, "attendees", person, "erasure")).json()
        assert job["status"] == "done"
        return job
    job = eventually(done, 30)
    assert (job["orders"], job["attendees"]) == (400, 1), "each is counted once"
    assert naming(everything_kept()) == []
    assert stock_of(tickets, event, kind) == (1000, 400, 0, 600)


def test_a_buyer_who_is_on_no_list_is_erased_by_an_order(db, tickets, everything_kept):
    event, kind = on_sale(db)
    first, second = created(buy(tickets, event, kind)), created(buy(tickets, event, kind))
    shown = erase(tickets, event, "orders", first)
    assert (shown["id"], shown["total"], shown["tickets"]) == (first["id"], first["total"], first["tickets"])
    assert "buyer" not in shown and shown["erased_at"]
    assert naming(everything_kept()) == []
    assert tickets.post(path(event, "orders", second, "refund")).json()["status"] == "refunded"


def test_an_erased_person_is_not_edited(db, attendees):
    event = new_event(db)
    person = path(event, "attendees", created(register(attendees, event)))
    assert attendees.post(f"{person}/erase").status_code == 200
    problem_of(attendees.patch(person, {"name": "Back"}), 409, "illegal_transition")
    problem_of(attendees.post(f"{person}/confirm"), 409, "illegal_transition")
    assert attendees.post(f"{person}/cancel").json()["status"] == "cancelled"
    missing = path(event, "attendees", "attendee_01jz3w4v9he8qb2m5x7k6d0c1n")
    problem_of(attendees.post(f"{missing}/erase"), 404, "not_found")
    problem_of(attendees.get(f"{missing}/erasure"), 404, "not_found")
