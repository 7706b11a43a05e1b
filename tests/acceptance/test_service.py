"""What the five programs have in common, each looked at alone: options, refusals, health, the end."""

import hashlib
import json
import os
import socket
import subprocess
import threading
import uuid

import pytest
import requests
from stack import SERVICES

from support import Bus, Rest, eventually
from support.rest import TIMEOUT_S

EVENT = "event_01jz3w4v9he8qb2m5x7k6d0c1n"
ORDER = f"/v1/events/{EVENT}/orders/order_01jz3w4v9he8qb2m5x7k6d0c1n/confirm"


def run(built, service, *options, **settings):
    return subprocess.run([built / service / service, *options], env={**os.environ, **settings}, timeout=TIMEOUT_S,
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_tells_about_itself(built, service):
    assert run(built, service, "--version").stdout.startswith(f"{service} ")
    help_ = run(built, service, "--help").stdout
    assert "--print-settings" in help_ and "KAFKA_BROKERS" in help_
    assert "REQUEST_TIMEOUT_MS=77\n" in run(built, service, "--print-settings", REQUEST_TIMEOUT_MS="77").stdout
    wrong = run(built, service, "--bogus")
    assert wrong.returncode == 2 and "--help" in wrong.stderr


def test_secrets_are_not_printed(built):
    printed = run(built, "db-svc", "--print-settings", MONGO_URI="mongodb://me:sesame@db/",
                  KAFKA_CONF_SASL_PASSWORD="sesame").stdout
    assert "MONGO_URI=***" in printed and "sesame" not in printed


@pytest.mark.parametrize("service", SERVICES)
def test_the_documents_are_json(built, service):
    rest = json.loads(run(built, service, "--print-openapi").stdout)
    assert rest["openapi"].startswith("3.1") and "/readyz" in rest["paths"]
    assert json.loads(run(built, service, "--print-asyncapi").stdout)["asyncapi"] == "3.0.0"


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "box.example"])
def test_other_machines_are_not_served_without_keys(built, address):
    refused = run(built, "tickets-svc", BIND_ADDRESS=address)
    assert refused.returncode == 2
    assert "BIND_ADDRESS" in refused.stderr and "API_KEYS_FILE" in refused.stderr


def test_every_wrong_setting_is_named(built, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("nonsense\n")
    refused = run(built, "tickets-svc", LOG_LEVEL="loud", KAFKA_CONF_NONSENSE="1", API_KEYS_FILE=str(keys))
    assert refused.returncode == 2
    assert "LOG_LEVEL" in refused.stderr and "nonsense" in refused.stderr and "API_KEYS_FILE" in refused.stderr
    refused = run(built, "tickets-svc", PORT="none", MAX_PENDING="0")
    assert refused.returncode == 2
    assert "PORT" in refused.stderr and "MAX_PENDING" in refused.stderr


@pytest.mark.parametrize(("service", "settings"), [
    ("tickets-svc", {"CORS_ORIGINS": "https://shop.example, shop.example"}),
    ("tickets-svc", {"CORS_ORIGINS": "https://shop.example/tickets"}),
    ("db-svc", {"MONGO_URI": "localhost:27017", "MONGO_DB": "my tickets", "TICKET_SIGNING_KEY": "short",
                "SELF_SERVICE_URL": "example.org", "ORDER_PAGE_URL": "https://example.org/", "LOG_LEVEL": "loud"}),
    ("db-svc", {"MONGO_DB": "a" * 64}),
    ("notify-svc", {"SMTP_URL": "mail.example", "SMS_URL": "https://sms.example", "CALLBACK_URL": "example.org",
                    "SMTP_CA_FILE": "/nowhere", "LOG_LEVEL": "loud"}),
    ("notify-svc", {"SMTP_FROM": "the box office"}),
    ("notify-svc", {"MAIL_TEMPLATE": "{{#nobody}}"}),
])
def test_a_setting_of_one_service_is_refused_as_all_are(built, service, settings):
    refused = run(built, service, **settings)
    assert refused.returncode == 2
    for name in settings:
        assert f"{name}: " in refused.stderr, name


def test_settings_that_are_right_are_taken(built):
    for origins in ("*", "https://shop.example", "https://shop.example/, http://localhost:3000", ""):
        refused = run(built, "tickets-svc", CORS_ORIGINS=origins, LOG_LEVEL="loud")  # so that it ends
        assert "CORS_ORIGINS" not in refused.stderr, refused.stderr
    refused = run(built, "notify-svc", SMTP_FROM="Box Office <tickets@example.org>", LOG_LEVEL="loud",
                  SMS_URL="kannel+http://sms.example", CALLBACK_URL="https://example.org")
    assert refused.stderr.count("LOG_LEVEL: ") == 1 and "SM" not in refused.stderr and "CALLBACK" not in refused.stderr
    refused = run(built, "db-svc", MONGO_URI="mongodb://a,b/?replicaSet=r", MONGO_DB="my-tickets_2", LOG_LEVEL="loud")
    assert "LOG_LEVEL: " in refused.stderr and "MONGO" not in refused.stderr


@pytest.fixture(scope="module")
def kafka(make_stack):
    """A broker with the topics of tickets-svc, which nobody answers but the test."""
    with make_stack("kafka") as parts:
        parts.start()
        bus = Bus(parts["kafka"].brokers)
        for topic in ("tickets.commands", "tickets.queries", "tickets.facts", "events.queries", "events.facts",
                      "attendees.queries", "tickets-svc.replies"):
            bus.create_topic(topic, partitions=4)
        yield parts, bus
        bus.close()


@pytest.fixture
def service(kafka, built):
    parts, _ = kafka
    one = parts.add_service("tickets-svc", KAFKA_PARTITIONS="4")
    yield one
    one.stop()


def reply_to(bus, request, status, body):
    bus.produce(request.header("kafka_replyTopic"), body, partition=int(
        request.header("kafka_replyPartition")), headers={
            "kafka_correlationId": request.headers["kafka_correlationId"], "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()), "ce_source": "/tests", "ce_type": f"{request.type}.reply",
            "content-type": "application/json", "status": str(status)})


class Waiting(threading.Thread):
    """A request that waits for its answer."""

    def __init__(self, url, path):
        super().__init__()
        self._rest = Rest(url)
        self._path = path
        self.answer = None
        self.start()

    def run(self):
        self.answer = self._rest.post(self._path, idempotency_key="once")


def test_a_facade_is_ready_and_small(service):
    service.start()
    answer = requests.get(f"{service.url}/readyz", timeout=TIMEOUT_S)
    assert answer.json()["checks"] == [{"name": "kafka", "ok": True}, {"name": "facts", "ok": True}]
    with open(f"/proc/{service.process.pid}/status", encoding="ascii") as status:
        rss = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    # The libraries that draw tickets are 5 MiB of it on Debian 12, and more on Debian 13.
    assert rss < 24 * 1024 or "SAN" in os.environ


def test_a_command_goes_through_kafka_and_back(service, kafka):
    _, bus = kafka
    service.start()
    commands = bus.follow("tickets.commands")
    waiting = Waiting(service.url, ORDER)
    request = commands.next()
    assert (request.type, request.key) == ("order.confirm", EVENT.encode())
    assert (request.header("ce_id"), request.header("ce_source")) == ("once", "/rest/anonymous")
    reply_to(bus, request, 200, b'{"status":  "paid"}')
    waiting.join()
    assert (waiting.answer.status_code, waiting.answer.content) == (200, b'{"status":  "paid"}')
    assert waiting.answer.headers["Idempotency-Key"] == "once"
    metrics = requests.get(f"{service.url}/metrics", timeout=TIMEOUT_S).text
    assert 'kafka_requests_total{outcome="answered"} 1' in metrics


def connect(service):
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT_S)


def ask(connection, request):
    """The whole answer; ends when the service closes, or the body is there."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
        piece = connection.recv(65536)
        if not piece:
            break
        answer += piece
    return answer


def resident(service):
    with open(f"/proc/{service.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


LIVE = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_what_is_refused_is_answered_and_leaves_no_memory_behind(service):
    service.start()
    refused = {
        b"GET /livez?" + b"&" * 400 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": 414,
        b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + b"a" * 10240 + b"\r\n\r\n": 431,
        b"GET /livez\0/xx HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": 400,
    }
    for times in (200, 3000):
        before = resident(service)
        for request, status in refused.items():
            for _ in range(times):
                with connect(service) as connection:
                    answer = ask(connection, request)
                assert answer[9:12] == str(status).encode() and b"application/problem+json" in answer, answer
    assert resident(service) < before + 1024 or "SAN" in os.environ


def metric(service, name):
    metrics = requests.get(f"{service.url}/metrics", timeout=TIMEOUT_S).text
    return float(next(line.split()[1] for line in metrics.splitlines() if line.startswith(f"{name} ")))


def test_a_crowd_that_idles_locks_nobody_out(service):
    service.variables["MAX_CONNECTIONS"] = "100"
    service.start()
    crowd = []
    for _ in range(300):
        crowd.append(connect(service))
        assert ask(crowd[-1], LIVE).startswith(b"HTTP/1.1 200 ")
    assert requests.get(f"{service.url}/livez", timeout=TIMEOUT_S).ok
    assert eventually(lambda: metric(service, "http_connections_evicted_total") >= 200)
    for connection in crowd:
        connection.close()


def test_proxies_are_addresses_or_networks(built):
    refused = run(built, "tickets-svc", TRUSTED_PROXIES="10.0.0.0/8, proxy.example")
    assert refused.returncode == 2 and "TRUSTED_PROXIES" in refused.stderr
    printed = run(built, "tickets-svc", "--print-settings", TRUSTED_PROXIES="10.0.0.0/8, ::1").stdout
    assert "TRUSTED_PROXIES=10.0.0.0/8, ::1\n" in printed and "MAX_CONNECTIONS_PER_ADDRESS=1024\n" in printed


def test_the_documents_are_served(service, built):
    service.start()
    served = requests.get(f"{service.url}/openapi.json", timeout=TIMEOUT_S).json()
    printed = json.loads(run(built, "tickets-svc", "--print-openapi").stdout)
    assert served["paths"].keys() == printed["paths"].keys()
    place = "/v1/events/{event_id}/orders"
    assert printed["paths"][place]["post"]["security"] and not served["paths"][place]["post"]["security"]


def test_keys_are_asked_for_and_read_again(service, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"shop:{hashlib.sha256(b'sesame').hexdigest()}:gate\n")
    service.variables.update(API_KEYS_FILE=str(keys), BIND_ADDRESS="0.0.0.0", REQUEST_TIMEOUT_MS="100")
    service.start()
    assert Rest(service.url).post(ORDER).status_code == 401
    shop = Rest(service.url, key="sesame")
    assert shop.post(ORDER).status_code == 403
    keys.write_text(f"shop:{hashlib.sha256(b'sesame').hexdigest()}:sell\n")
    assert eventually(lambda: shop.post(ORDER).status_code == 504)


def test_what_waits_is_answered_before_the_end(service, kafka):
    _, bus = kafka
    service.start()
    commands = bus.follow("tickets.commands")
    waiting = Waiting(service.url, ORDER)
    request = commands.next()
    service.process.ask_to_end()
    assert eventually(lambda: "service.stopping" in service.process.tail())
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{service.url}/livez", timeout=TIMEOUT_S)
    reply_to(bus, request, 200, b"{}")
    waiting.join()
    assert waiting.answer.status_code == 200
    assert service.stop() == 0


def test_the_end_does_not_wait_for_who_waits(service, kafka):
    _, bus = kafka
    service.variables["REQUEST_TIMEOUT_MS"] = "600000"
    service.start()
    commands = bus.follow("tickets.commands")
    waiting = Waiting(service.url, ORDER)
    commands.next()
    assert service.stop() == 0
    waiting.join()
    assert (waiting.answer.status_code, waiting.answer.json()["code"]) == (504, "outcome_unknown")


def alive(service):
    try:
        return requests.get(f"{service.url}/livez", timeout=TIMEOUT_S).ok
    except requests.ConnectionError:
        return False


def test_an_answer_that_does_not_come_is_a_504(service):
    service.variables["REQUEST_TIMEOUT_MS"] = "300"
    service.start()
    answer = Rest(service.url).post(ORDER)
    assert (answer.status_code, answer.json()["code"]) == (504, "outcome_unknown")


def test_without_kafka_nothing_is_taken(make_stack, built):
    with make_stack("mail") as parts:  # anything but Kafka
        service = parts.add_service("tickets-svc", KAFKA_BROKERS="127.0.0.1:9")
        service.launch()
        try:
            eventually(lambda: alive(service))
            ready = requests.get(f"{service.url}/readyz", timeout=TIMEOUT_S)
            assert ready.status_code == 503
            assert ready.json()["checks"][0]["reason"]
            answer = Rest(service.url).post(ORDER)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.headers["Retry-After"] == "1"
        finally:
            assert service.stop() == 0
