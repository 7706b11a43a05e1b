"""What is asked of every request: a key, a host, a body of a size, an Idempotency-Key that is one."""

import functools
import hashlib

import pytest

from payments.app import Front
from payments.bus import UnavailableError
from payments.parts import Parts
from payments.settings import load

ORDER = "/v1/events/event_01jz3w4v9he8qb2m5x7k6d0c1n/orders/order_01jz3w4v9he8qb2m5x7k6d0c1n"


class Away:
    """A database or broker that nobody reaches."""

    ready = False

    def __getattr__(self, name):
        def away(*_, **__):
            raise UnavailableError(f"{name} is away")
        return away


@functools.cache
def client(**settings):
    parts = Parts(load(settings))
    for name in ("store", "sender", "asker"):
        parts.__dict__[name] = Away()
    return Front(parts).app().test_client()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text("".join(f"{scope}:{hashlib.sha256(scope.encode()).hexdigest()}:{scope}\n"
                            for scope in ("sell", "hold", "read", "admin", "gate")))
    return client(API_KEYS_FILE=str(keys))


def code(answer):
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    return answer.json["code"]


@pytest.mark.parametrize(("method", "path", "scopes"), [
    ("POST", f"{ORDER}/checkout", {"sell", "hold", "admin"}), ("GET", f"{ORDER}/payments", {"sell", "read", "admin"}),
    ("POST", f"{ORDER}/refunds", {"sell", "admin"}), ("GET", "/v1/refunds", {"read", "admin"}),
    ("POST", "/v1/refunds/refund_x/approve", {"admin"}), ("POST", "/v1/refunds/refund_x/reject", {"admin"}),
    ("POST", "/v1/transfers/RF18539007547034/received", {"admin"}),
    ("GET", "/v1/events/event_01jz3w4v9he8qb2m5x7k6d0c1n/payments/reconciliation", {"read", "admin"})])
def test_each_scope_opens_its_own_doors(guarded, method, path, scopes):
    for scope in ("sell", "hold", "read", "admin", "gate"):
        answer = guarded.open(path, method=method, headers={"Authorization": f"Bearer {scope}"})
        assert (code(answer) == "forbidden") == (scope not in scopes), scope
    nobody = guarded.open(path, method=method)
    assert code(nobody) == "unauthorized" and nobody.headers["WWW-Authenticate"].startswith("Bearer")


def test_webhooks_and_health_need_no_key(guarded):
    assert code(guarded.post("/v1/webhooks/stripe")) == "webhooks_off"
    for path in ("/livez", "/healthz", "/metrics", "/openapi.json", "/docs"):
        assert guarded.get(path).status_code == 200


def asked(target, host):
    """With the target as it stands in the request, which Flask's own client makes absolute."""
    return client().get("/livez", headers={"Host": host}, environ_overrides={"RAW_URI": target})


def test_without_keys_only_this_machine_is_answered():
    for host, status in (("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:8084", 200), ("evil.example", 421),
                         ("localhost.evil.example", 421), ("", 421)):
        assert asked("/livez", host).status_code == status, host


def test_the_host_of_an_absolute_target_counts():
    """RFC 9112, 3.2.2: then the header is not looked at."""
    for target, host, status in (("http://evil.example/livez", "localhost", 421),
                                 ("http://localhost:1/livez", "evil.example", 200), ("/livez", "localhost", 200)):
        assert asked(target, host).status_code == status, target


def test_what_is_away_is_503_and_to_be_tried_again():
    for answer in (client().post(f"{ORDER}/checkout"), client().get("/v1/refunds")):
        assert code(answer) == "unavailable" and answer.headers["Retry-After"] == "1"
    ready = client().get("/readyz")
    assert ready.status_code == 503
    assert [check["name"] for check in ready.json["checks"] if not check["ok"]] == ["kafka", "database"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_idempotency_key_must_be_one(key):
    assert code(client().post(f"{ORDER}/checkout", headers={"Idempotency-Key": key})) == "invalid_idempotency_key"


@pytest.mark.parametrize(("path", "status"), [
    ("/v1/events/x/orders/y/payments", 404), ("/nowhere", 404), ("/v1/refunds?status=perhaps", 422),
    ("/v1/refunds?limit=0", 422), ("/v1/refunds?nonsense=1", 422), ("/v1/refunds?cursor=x", 422)])
def test_what_is_wrong_in_an_address_is_refused(path, status):
    assert client().get(path).status_code == status


def test_browsers_of_the_listed_origins_may_call():
    shop = client(CORS_ORIGINS="https://shop.example")
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    allowed = shop.options(f"{ORDER}/checkout", headers=asked)
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    other = shop.get("/livez", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
