"""What became of a command, asked for afterwards."""

import secrets

import pytest

from support import Rest, assert_problem, created, eventually, new_event, on_sale, order_body, path


def operation(rest, answer):
    return rest.get(f"/v1/operations/{answer.headers['Operation-Id']}")


def test_an_operation_says_what_was_answered(db, tickets, attendees, notify):
    event, kind = on_sale(db, capacity=1)
    sold = tickets.post(path(event, "orders"), order_body((kind, 1)))
    refused = tickets.post(path(event, "orders"), order_body((kind, 1)))
    for answer in (sold, refused):
        for rest in (tickets, attendees, notify, db):
            asked = operation(rest, answer)
            assert asked.status_code == 200
            assert asked.json() == {"operation_id": answer.headers["Operation-Id"], "state": "done",
                                    "status": answer.status_code, "body": answer.json()}
    removed = db.delete(path(new_event(db)))
    assert (operation(db, removed).json()["status"], operation(db, removed).json()["body"]) == (204, None)


def test_a_repeated_command_is_the_same_operation(db, tickets):
    event, kind = on_sale(db)
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first, again = (tickets.post(path(event, "orders"), order_body((kind, 1)), headers=key) for _ in range(2))
    assert first.headers["Operation-Id"] == again.headers["Operation-Id"]


def test_what_was_not_decided_is_unknown_and_later_done(db, tickets, stack):
    event, kind = on_sale(db)
    stack["db-svc"].kill()
    late = tickets.post(path(event, "orders"), order_body((kind, 1)))
    assert_problem(late.json(), 504, "outcome_unknown")
    stack["db-svc"].start()
    done = eventually(lambda: (found := operation(tickets, late)).status_code == 200
                      and found.json()["state"] == "done" and found.json())
    # Its deadline had passed, or it was just reached: the operation says which.
    assert done["status"] in (201, 504)


@pytest.mark.parametrize("wrong", ["x", "_", "AAAA", "a" * 2000, "%00", "bm8"])
def test_what_is_no_operation_is_not_found(tickets, wrong):
    assert_problem(tickets.get(f"/v1/operations/{wrong}").json(), 404, "not_found")


def test_an_operation_is_told_to_its_key_and_to_admin_only(db, stack, tmp_path):
    import hashlib
    keys = {name: secrets.token_hex(24) for name in ("shop", "other", "office")}
    scopes = {"shop": "sell", "other": "sell", "office": "admin"}
    file = tmp_path / "keys"
    file.write_text("".join(f"{name}:{hashlib.sha256(key.encode()).hexdigest()}:{scopes[name]}\n"
                            for name, key in keys.items()))
    guarded = stack.add_service("tickets-svc", API_KEYS_FILE=str(file))
    guarded.start()
    try:
        shop, other, office = (Rest(guarded.url, key=key) for key in keys.values())
        event, kind = on_sale(db)
        sold = shop.post(path(event, "orders"), order_body((kind, 1)))
        created(sold)
        assert operation(shop, sold).json()["state"] == "done"
        assert operation(office, sold).json()["body"] == sold.json()
        assert operation(other, sold).status_code == 404
        assert Rest(guarded.url).get(f"/v1/operations/{sold.headers['Operation-Id']}").status_code == 401
    finally:
        guarded.stop()
