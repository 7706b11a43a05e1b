"""Who may call, and what for."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
import requests
from test_picture import picture_of, png

from support import (Rest, attendee_body, created, eventually, new_event, notification_body, on_sale, order_body, path,
                     problem_of)

SCOPES = ("admin", "sell", "hold", "gate", "attend", "notify", "read")


@pytest.fixture(scope="module")
def guarded(stack, tmp_path_factory):
    """A shop, a registration desk and a mail room that ask for keys; each key is called as its one scope."""
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text("# name:hash:scopes\n\n" + "".join(
        f"{scope}-app:{hashlib.sha256(scope.encode()).hexdigest()}:{scope}\n" for scope in SCOPES))
    services = {kind: stack.add_service(kind, API_KEYS_FILE=str(file))
                for kind in ("tickets-svc", "attendees-svc", "notify-svc")}
    for service in services.values():
        service.start()
    yield {kind: service.url for kind, service in services.items()} | {"file": str(file)}
    for service in services.values():
        assert service.stop() == 0


@pytest.fixture
def shop(guarded):
    return lambda key: Rest(guarded["tickets-svc"], key)


@pytest.fixture
def desk(guarded):
    return lambda key: Rest(guarded["attendees-svc"], key)


@pytest.fixture
def mail_room(guarded):
    return lambda key: Rest(guarded["notify-svc"], key)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic sell", "sell",
                                           "Bearer sell sell"])
def test_without_a_key_nobody_is_let_in(shop, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = shop(None).get("/v1/events", headers=headers)
    problem_of(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_health_needs_no_key(shop):
    for address in ("/livez", "/readyz", "/healthz"):
        assert shop(None).get(address).status_code == 200


def test_a_drafts_picture_is_shown_to_keys_as_the_draft_is(db, shop):
    event = new_event(db, status="draft")
    picture_of(db, event, png(30, 20))
    address = path(event, "picture")
    for stranger in (shop(None), shop("wrong")):
        problem_of(stranger.get(address), 404, "not_found")
        assert "public" not in stranger.get(address).headers.get("Cache-Control", "")
    for key in SCOPES:
        answer = shop(key).get(address)
        assert answer.status_code == 200 and "private" in answer.headers["Cache-Control"]
    assert "private" in db.get(address).headers["Cache-Control"]
    assert db.patch(path(event), {"status": "published"}).status_code == 200
    assert eventually(lambda: shop(None).get(address).status_code == 200)
    assert "public" in shop(None).get(address).headers["Cache-Control"]
    assert "public" in db.get(address).headers["Cache-Control"]


def test_each_scope_opens_its_own_doors(db, shop, desk):
    event, kind = on_sale(db)
    address = path(event, "orders")
    assert created(shop("sell").post(address, order_body((kind, 1))))["status"] == "paid"
    held = created(shop("hold").post(address, order_body((kind, 1), hold_seconds=60)))
    problem_of(shop("hold").post(address, order_body((kind, 1))), 403, "forbidden")
    problem_of(shop("hold").post(path(event, "orders", held, "confirm")), 403, "forbidden")
    assert shop("sell").post(path(event, "orders", held, "confirm")).status_code == 200
    for key in ("gate", "attend", "notify", "read"):
        problem_of(shop(key).post(address, order_body((kind, 1))), 403, "forbidden")
    assert created(shop("admin").post(address, order_body((kind, 1))))

    assert shop("read").get(path(event, "availability")).status_code == 200
    problem_of(shop("sell").patch(path(event, "ticket-types", kind), {"capacity": 7}), 403, "forbidden")
    code = shop("admin").get(path(event, "orders", held)).json()["tickets"][0]["code"]
    problem_of(shop("sell").post(path(event, "check-ins"), {"code": code}), 403, "forbidden")
    assert shop("gate").post(path(event, "check-ins"), {"code": code}).status_code == 200
    problem_of(shop("gate").get(address), 403, "forbidden")

    assert created(desk("attend").post(path(event, "attendees"), attendee_body()))
    problem_of(desk("sell").post(path(event, "attendees"), attendee_body()), 403, "forbidden")


def test_only_an_admin_takes_used_tickets_back(db, shop):
    event, kind = on_sale(db)
    for verb in ("cancel", "refund"):
        order = created(shop("admin").post(path(event, "orders"), order_body((kind, 1))))
        assert shop("gate").post(path(event, "check-ins"), {"code": order["tickets"][0]["code"]}).status_code == 200
        address = path(event, "orders", order, verb)
        problem_of(shop("sell").post(address, {"force": True}), 403, "forbidden")
        problem_of(shop("sell").post(address, {"force": False}), 409, "checked_in")
        assert shop("admin").post(address, {"force": True}).status_code == 200


def test_sell_is_enough_to_sell_and_reads_nobody_elses(db, shop, desk, mail_room):
    event, kind = on_sale(db)
    seller, orders = shop("sell"), path(event, "orders")
    assert seller.get(path(event, "availability")).status_code == 200
    assert seller.get(path(event, "ticket-types", kind, "availability")).status_code == 200
    held = created(seller.post(orders, order_body((kind, 2), hold_seconds=60)))
    one = path(event, "orders", held)
    assert seller.get(one).json()["status"] == "held"
    assert seller.post(f"{one}/extend").status_code == 200
    assert seller.post(f"{one}/confirm").json()["status"] == "paid"
    assert seller.get(f"{one}/tickets/1").status_code == 200
    assert seller.post(f"{one}/tickets/1/assign", {"name": "Ada", "email": "ada@example.org"}).status_code == 200
    code = seller.get(one).json()["tickets"][1]["code"]
    assert seller.post(f"{one}/refund", {"tickets": [code]}).status_code == 200
    assert seller.post(f"{one}/cancel").status_code == 200
    for rest, address in ((seller, orders), (seller, f"{one}/erasure"), (seller, path(event, "check-ins")),
                          (seller, path(event, "cancellation")), (desk("sell"), path(event, "attendees")),
                          (desk("sell"), path(event, "attendees", "export")),
                          (desk("sell"), path(event, "imports")), (mail_room("sell"), "/v1/suppressions"),
                          (mail_room("sell"), path(event, "notifications"))):
        problem_of(rest.get(address), 403, "forbidden")
    problem_of(seller.post(path(event, "tickets/lookup"), {"code": code}), 403, "forbidden")


def test_each_scope_is_enough_for_its_whole_job(db, shop, desk, mail_room):
    event, kind = on_sale(db)
    order = created(shop("sell").post(path(event, "orders"), order_body((kind, 1))))
    [ticket] = order["tickets"]
    gate = shop("gate")
    assert gate.get(path(event)).status_code == 200
    assert gate.get(path(event, "check-ins", "key")).status_code == 200
    assert gate.get(path(event, "check-ins", "codes")).status_code == 200
    assert gate.post(path(event, "tickets/lookup"), {"code": ticket["code"]}).status_code == 200
    assert gate.post(path(event, "check-ins"), {"code": ticket["code"], "gate": "A"}).status_code == 200
    assert gate.post(path(event, "check-ins/undo"), {"code": ticket["code"]}).status_code == 200
    bulk = {"scans": [{"code": ticket["code"], "gate": "A"}]}
    assert gate.post(path(event, "check-ins/bulk"), bulk).status_code == 200
    assert len(gate.get(path(event, "check-ins")).json()["items"]) == 3

    attend = desk("attend")
    who = created(attend.post(path(event, "attendees"), attendee_body()))
    one = path(event, "attendees", who)
    assert attend.patch(one, {"name": "Ada"}).status_code == 200
    for address in (one, f"{one}/history", f"{one}/tickets", path(event, "attendees"),
                    path(event, "attendees", "counts"), path(event, "attendees", "export"), path(event, "imports")):
        assert attend.get(address).status_code == 200, address
    for verb in ("links", "confirm", "cancel", "erase"):
        assert attend.post(f"{one}/{verb}").status_code in (200, 202), verb
    assert attend.get(f"{one}/erasure").status_code == 200

    notify = mail_room("notify")
    sent = notify.post(path(event, "notifications"), notification_body())
    assert sent.status_code == 202
    for address in (path(event, "notifications"), path(event, "notifications", sent.json()),
                    path(event, "notifications", sent.json(), "deliveries"), "/v1/suppressions"):
        assert notify.get(address).status_code == 200, address

    read = shop("read")
    for address in (path(event), path(event, "orders"), path(event, "orders", order), path(event, "check-ins"),
                    path(event, "orders", order, "tickets", "1")):
        assert read.get(address).status_code == 200, address


def test_the_readme_says_what_each_scope_opens(built):
    root = Path(__file__).resolve().parents[2]
    table = subprocess.run([root / "tests/support/scopes"], env={**os.environ, "BUILD": str(built)},
                           capture_output=True, text=True, check=True).stdout
    assert table in (root / "README.md").read_text(), f"tests/support/scopes prints:\n{table}"


def test_metrics_and_documents_are_open_unless_a_key_is_required(stack, guarded):
    service = stack.add_service("tickets-svc", API_KEYS_FILE=guarded["file"], METRICS_KEY_REQUIRED="1")
    service.start()
    try:
        for address in ("/metrics", "/openapi.json"):
            problem_of(Rest(service.url).get(address), 401, "unauthorized")
            assert Rest(service.url, "gate").get(address).status_code == 200
            assert Rest(guarded["tickets-svc"]).get(address).status_code == 200
        assert Rest(service.url).get("/livez").status_code == 200
        security = Rest(service.url, "gate").get("/openapi.json").json()["paths"]["/metrics"]["get"]["security"]
        assert security == [{"key": []}]
    finally:
        assert service.stop() == 0


def test_one_key_leaves_streams_of_facts_to_others(stack, guarded, db):
    event, _ = on_sale(db)
    service = stack.add_service("tickets-svc", API_KEYS_FILE=guarded["file"])
    service.start()

    def stream(key):
        return requests.get(service.url + path(event, "facts"), stream=True, timeout=60,
                            headers={"Authorization": f"Bearer {key}"})
    try:
        held = [stream("read") for _ in range(16)]
        assert {answer.status_code for answer in held} == {200}
        problem_of(stream("read"), 429, "too_many_streams")
        held.append(stream("admin"))
        assert held[-1].status_code == 200
        for answer in held:
            answer.close()

        def free_again():
            with stream("read") as answer:
                return answer.status_code == 200
        eventually(free_again)
    finally:
        assert service.stop() == 0


@pytest.mark.parametrize(("address", "scope"), [(("availability", "stream"), "sell"), (("facts",), "read")])
def test_a_key_has_only_so_many_streams(stack, guarded, db, address, scope):
    event, _ = on_sale(db)
    service = stack.add_service("tickets-svc", API_KEYS_FILE=guarded["file"], MAX_STREAMS_PER_KEY="2")
    service.start()

    def stream(key):
        return requests.get(service.url + path(event, *address), stream=True, timeout=60,
                            headers={"Authorization": f"Bearer {key}"})
    try:
        held = [stream(scope), stream(scope), stream("admin")]
        assert [answer.status_code for answer in held] == [200, 200, 200]
        refused = stream(scope)
        problem_of(refused, 429, "too_many_streams")
        assert int(refused.headers["Retry-After"]) > 0
        for answer in held:
            answer.close()
    finally:
        assert service.stop() == 0


@pytest.mark.parametrize(("host", "status"), [("localhost:1", 200), ("[::1]", 200), ("127.0.0.9", 200),
                                              ("evil.example", 421), ("127.0.0.1.evil.example:8080", 421)])
def test_without_keys_only_hosts_of_the_loopback_are_answered(tickets, guarded, host, status):
    assert tickets.get("/v1/events", headers={"Host": host}).status_code == status
    assert tickets.get("/metrics", headers={"Host": host}).status_code == status
    assert Rest(guarded["tickets-svc"], "read").get("/v1/events", headers={"Host": host}).status_code == 200


def test_a_refusal_comes_before_a_look_at_the_body(shop, db):
    event, _ = on_sale(db)
    problem_of(shop("read").post(path(event, "orders"), {"nonsense": 1}), 403, "forbidden")
    problem_of(shop(None).post(path(event, "orders"), {"nonsense": 1}), 401, "unauthorized")


def test_one_key_does_not_answer_for_another(db, shop):
    event, kind = on_sale(db)
    mine = created(shop("sell").post(path(event, "orders"), order_body((kind, 1)), idempotency_key="order 1"))
    other = created(shop("admin").post(path(event, "orders"), order_body((kind, 1)), idempotency_key="order 1"))
    assert mine["id"] != other["id"]
