"""Mail servers as they are: with TLS and a login, slow, or silent."""

import asyncio
import email
import secrets
import ssl
import subprocess
import threading
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from stack import free_port

from support import eventually, new_event, notification_body, pages, path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of this machine's, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem",
                    "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def tls(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


class Mailbox:
    """Keeps what comes: recipient, Message-ID, whether by TLS, and the login.

    The first message to each of `silent` is answered once `go_on` is set.
    """

    def __init__(self, *silent):
        self.received = []
        self.silent = set(silent)
        self.go_on = threading.Event()

    async def handle_DATA(self, server, session, envelope):
        [who] = envelope.rcpt_tos
        message = email.message_from_bytes(envelope.content)
        self.received.append((who, message["Message-ID"], session.ssl is not None or None, session.auth_data))
        if who in self.silent:
            self.silent.remove(who)
            while not self.go_on.is_set():
                await asyncio.sleep(0.05)
        return "250 OK"

    def of(self, who):
        return [entry for entry in self.received if entry[0] == who]


def login(server, session, envelope, mechanism, data):
    knows = (data.login, data.password) == (b"me", b"sesame")
    return AuthResult(success=knows, handled=knows, auth_data=data.login)


@contextmanager
def serving(stack, mailbox, url, settings=None, **options):
    """notify-svc with that server in place of the sink."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    service = stack["notify-svc"]
    usual = dict(service.variables)
    service.variables.update(SMTP_URL=url.format(port=controller.port), **(settings or {}))
    service.restart()
    try:
        yield mailbox
    finally:
        mailbox.go_on.set()
        service.variables.clear()
        service.variables.update(usual)
        service.restart()
        controller.stop()


@pytest.fixture
def event(db):
    return new_event(db)


def address():
    return f"someone-{secrets.token_hex(6)}@example.org"


def send(notify, event, *addresses):
    answer = notify.post(path(event, "notifications"), notification_body(
        audience={"recipients": [{"name": "Someone", "email": each} for each in addresses]}))
    assert answer.status_code == 202, answer.text
    return path(event, "notifications", answer.json(), "deliveries")


def becomes(notify, listed, who, within=20, **members):
    def has_become():
        found = {delivery["address"]: delivery for delivery in pages(notify, listed)}.get(who, {})
        assert {name: found.get(name) for name in members} == members, found
        return found
    return eventually(has_become, within)


def test_a_server_with_starttls_and_a_login(stack, notify, event, certificate, tls):
    who = address()
    with serving(stack, Mailbox(), "smtp://me:sesame@localhost:{port}", {"SMTP_CA_FILE": str(certificate[0])},
                 tls_context=tls, require_starttls=True, authenticator=login, auth_required=True) as mailbox:
        becomes(notify, send(notify, event, who), who, status="sent")
        [(_, _, by_tls, user)] = mailbox.of(who)
        assert by_tls and user == b"me"


def test_a_server_that_speaks_tls_from_the_start(stack, notify, event, certificate, tls):
    who = address()
    with serving(stack, Mailbox(), "smtps://me:sesame@localhost:{port}", {"SMTP_CA_FILE": str(certificate[0])},
                 ssl_context=tls, authenticator=login, auth_required=True, auth_require_tls=False) as mailbox:
        becomes(notify, send(notify, event, who), who, status="sent")
        assert mailbox.of(who)[0][3] == b"me"


@pytest.mark.parametrize("url, settings, options", [
    ("smtps://localhost:{port}", {}, {"ssl_context": True}),  # who signed it is unknown
    ("smtp://localhost:{port}", {"SMTP_CA_FILE": True}, {}),  # it has no TLS
])
def test_what_is_not_safe_is_not_sent(stack, notify, event, certificate, tls, url, settings, options):
    who = address()
    settings = {name: str(certificate[0]) for name in settings}
    options = {name: tls for name in options}
    with serving(stack, Mailbox(), url, settings, **options) as mailbox:
        becomes(notify, send(notify, event, who), who, status="queued", error="tls_failed")
        assert mailbox.of(who) == []


def test_a_wrong_password_is_no_fault_of_the_message(stack, notify, event, certificate, tls):
    who = address()
    with serving(stack, Mailbox(), "smtp://me:wrong@localhost:{port}", {"SMTP_CA_FILE": str(certificate[0])},
                 tls_context=tls, require_starttls=True, authenticator=login, auth_required=True) as mailbox:
        delivery = becomes(notify, send(notify, event, who), who, status="queued", attempts=1)
        assert delivery["error"] in ("login_denied", "smtp_535")
        assert mailbox.of(who) == []


def test_a_slow_server_holds_up_nobody_else(stack, notify, event):
    slow, others = address(), [address() for _ in range(20)]
    with serving(stack, Mailbox(slow), "smtp://127.0.0.1:{port}") as mailbox:
        listed = send(notify, event, slow, *others)
        eventually(lambda: all(mailbox.of(who) for who in others))
        mailbox.go_on.set()
        becomes(notify, listed, slow, status="sent", attempts=1)
        assert sum(len(mailbox.of(who)) for who in (slow, *others)) == 21


def test_a_server_that_takes_a_message_and_falls_silent(stack, notify, event):
    """Its outcome is unknown: it is sent again, as the same message."""
    who, other = address(), address()
    with serving(stack, Mailbox(who), "smtp://127.0.0.1:{port}") as mailbox:
        listed = send(notify, event, who, other)
        becomes(notify, listed, other, status="sent")
        becomes(notify, listed, who, within=40, status="sent", attempts=2)
        ids = [message_id for _, message_id, _, _ in mailbox.of(who)]
        assert len(ids) == 2 and len(set(ids)) == 1
