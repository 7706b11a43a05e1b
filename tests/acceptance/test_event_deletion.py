"""With an event goes everything of it, whatever crashes meanwhile."""

import pymongo

from support import (attendee_body, created, eventually, notification_body, on_sale, order_body, path,
                     problem_of)

KEPT = {"deletions", "receipts", "suppressions"}


def left_of(stack, event):
    """Where the database still has something of the event."""
    with pymongo.MongoClient(stack["database"].uri) as client:
        return {collection: n
                for name in client.list_database_names() if name not in ("admin", "config", "local")
                for collection in client[name].list_collection_names() if collection not in KEPT
                for n in [client[name][collection].count_documents(
                    {"$or": [{"event_id": event["id"]}, {"_id": event["id"]}]})] if n}


def filled(db, tickets, attendees, notify, people):
    event, kind = on_sale(db, per_buyer_limit=5)
    rows = "".join(f"Ada,ada{n}@example.org\n" for n in range(people))
    answer = attendees.post(path(event, "attendees", "import"), data=f"name,email\n{rows}".encode(),
                            headers={"Content-Type": "text/csv"})
    assert answer.status_code == 202
    person = created(attendees.post(path(event, "attendees"), attendee_body()))
    order = created(tickets.post(path(event, "orders"), order_body((kind, 2))))
    code = order["tickets"][0]["code"]
    tickets.post(path(event, "orders", order, "tickets", "2", "reissue"))
    assert tickets.post(path(event, "check-ins"), {"code": code}).status_code == 200
    assert tickets.post(path(event, "check-ins", "undo"), {"code": code}).status_code == 200
    assert attendees.post(path(event, "attendees", person, "confirm")).status_code == 200
    assert attendees.post(path(event, "attendees", person, "erase")).status_code == 200
    notice = notify.post(path(event, "notifications"), notification_body(audience={"recipients": [
        {"name": "Ben", "email": "ben@example.org"}]})).json()
    eventually(lambda: notify.get(path(event, "notifications", notice)).json()["status"] == "sent")
    problem_of(db.delete(path(event)), 409, "has_sales")
    problem_of(db.get(path(event, "deletion")), 404, "not_found")
    assert tickets.post(path(event, "orders", order, "refund")).status_code == 200
    return event


def test_everything_of_a_deleted_event_goes(stack, db, tickets, attendees, notify):
    event = filled(db, tickets, attendees, notify, 250)
    assert len(left_of(stack, event)) > 8
    assert db.delete(path(event)).status_code == 204
    job = eventually(lambda: (found := db.get(path(event, "deletion")).json())["status"] == "done" and found)
    assert job["removed"] > 250 and job["done_at"]
    assert left_of(stack, event) == {}
    problem_of(db.delete(path(event)), 404, "not_found")
    problem_of(attendees.get(path(event, "attendees")), 404, "not_found")


def test_a_deletion_goes_on_after_a_crash(stack, db, tickets, attendees, notify):
    event = filled(db, tickets, attendees, notify, 1500)
    assert db.delete(path(event)).status_code == 204
    stack["db-svc"].kill()
    stack["db-svc"].start()
    eventually(lambda: db.get(path(event, "deletion")).json().get("status") == "done", 30)
    assert left_of(stack, event) == {}
