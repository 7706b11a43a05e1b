"""Who may call, and what for."""

import hashlib

import pytest

from support import Rest, attendee_body, created, on_sale, order_body, path, problem_of

SCOPES = ("admin", "sell", "hold", "gate", "attend", "notify", "read")


@pytest.fixture(scope="module")
def guarded(stack, tmp_path_factory):
    """A shop and a registration desk that ask for keys; each key is called as its one scope."""
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text("# name:hash:scopes\n\n" + "".join(
        f"{scope}-app:{hashlib.sha256(scope.encode()).hexdigest()}:{scope}\n" for scope in SCOPES))
    services = {kind: stack.add_service(kind, API_KEYS_FILE=str(file))
                for kind in ("tickets-svc", "attendees-svc")}
    for service in services.values():
        service.start()
    yield {kind: service.url for kind, service in services.items()}
    for service in services.values():
        assert service.stop() == 0


@pytest.fixture
def shop(guarded):
    return lambda key: Rest(guarded["tickets-svc"], key)


@pytest.fixture
def desk(guarded):
    return lambda key: Rest(guarded["attendees-svc"], key)


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


def test_a_refusal_comes_before_a_look_at_the_body(shop, db):
    event, _ = on_sale(db)
    problem_of(shop("read").post(path(event, "orders"), {"nonsense": 1}), 403, "forbidden")
    problem_of(shop(None).post(path(event, "orders"), {"nonsense": 1}), 401, "unauthorized")


def test_one_key_does_not_answer_for_another(db, shop):
    event, kind = on_sale(db)
    mine = created(shop("sell").post(path(event, "orders"), order_body((kind, 1)), idempotency_key="order 1"))
    other = created(shop("admin").post(path(event, "orders"), order_body((kind, 1)), idempotency_key="order 1"))
    assert mine["id"] != other["id"]
