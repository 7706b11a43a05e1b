"""What became of a message is told by its carrier: reports of text messages, and e-mails that come back."""

import hashlib
import hmac
import secrets

import pytest

from support import eventually, new_event, notification_body, pages, path, problem_of

SECRET = "open sesame"
WITH_SECRET = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture(scope="module")
def reports(stack):
    """notify-svc told where its gateway reports to, and by which secret."""
    service = stack["notify-svc"]
    usual = dict(service.variables)
    service.variables.update(CALLBACK_URL=service.url, CALLBACK_SECRET=SECRET)
    service.restart()
    yield
    service.variables.clear()
    service.variables.update(usual)
    service.restart()


@pytest.fixture
def event(db):
    return new_event(db)


def address():
    return f"someone-{secrets.token_hex(6)}@example.org"


def sent(notify, event, recipient, **changes):
    """The one delivery of a notification, once it is handed over; and where it is listed."""
    body = notification_body(audience={"recipients": [recipient]}, **changes)
    answer = notify.post(path(event, "notifications"),
                         {name: value for name, value in body.items() if value is not None})
    assert answer.status_code == 202, answer.text
    listed = path(event, "notifications", answer.json(), "deliveries")

    def handed_over():
        return [delivery for delivery in pages(notify, listed) if delivery["status"] not in ("queued", "sending")]
    return eventually(handed_over)[0], listed


def becomes(notify, listed, status, **members):
    def has_become():
        [delivery] = pages(notify, listed)
        assert delivery["status"] == status, delivery
        assert {name: delivery.get(name) for name in members} == members, delivery
        return delivery
    return eventually(has_become)


def tell(notify, channel="email", headers=WITH_SECRET, **report):
    return notify.post(f"/v1/callbacks/{channel}", report, headers=headers)


def test_a_text_message_ends_delivered_by_the_carriers_report(stack, reports, notify, event):
    if "sms-sender" not in stack:
        pytest.skip("Kannel is not installed")
    _, listed = sent(notify, event, {"name": "Ada", "phone": "+34600111222"}, channel="sms",
                     subject=None, message="Mañana a las ocho")
    becomes(notify, listed, "delivered", attempts=1)
    answer = notify.get(listed.removesuffix("/deliveries")).json()
    assert answer["counts"] == {"queued": 0, "sent": 1, "failed": 0, "suppressed": 0}


def test_an_email_comes_back(reports, notify, event):
    delivery, listed = sent(notify, event, {"name": "Ada", "email": address()})
    answer = tell(notify, delivery_id=delivery["id"], status="bounced", reason="5.1.1 no such mailbox")
    assert (answer.status_code, answer.content) == (204, b"")
    becomes(notify, listed, "bounced", error="5.1.1 no such mailbox")
    counts = notify.get(listed.removesuffix("/deliveries")).json()["counts"]
    assert counts == {"queued": 0, "sent": 0, "failed": 1, "suppressed": 0}


def signed(delivery, resends=0):
    """The query of the address that a gateway is given for a text message."""
    mac = hmac.new(SECRET.encode(), f"{delivery['id']}\0{resends}".encode(), hashlib.sha256).hexdigest()
    return f"delivery_id={delivery['id']}&resends={resends}&signature={mac}"


def test_a_signed_address_speaks_of_its_own_delivery_alone(reports, notify, event):
    mine, _ = sent(notify, event, {"name": "Ada", "email": address()})
    victim = address()
    other, listed = sent(notify, event, {"name": "Bea", "email": victim})
    number = other["provider_id"] or f"<{other['id']}@example.org>"
    for channel, report, problem in (
            ("sms", {"delivery_id": other["id"], "status": "bounced"}, (403, "callback_forbidden")),
            ("sms", {"message_id": number, "status": "complained"}, (403, "callback_forbidden")),
            ("email", {"delivery_id": other["id"], "status": "bounced"}, (401, "callback_unauthorized")),
            ("email", {"delivery_id": mine["id"], "status": "bounced"}, (401, "callback_unauthorized"))):
        answer = notify.post(f"/v1/callbacks/{channel}?{signed(mine)}", report)
        problem_of(answer, *problem)
    becomes(notify, listed, "sent")
    assert notify.get(f"/v1/suppressions?recipient={victim}").json()["items"] == []
    answer = notify.post(f"/v1/callbacks/sms?{signed(mine)}", {"delivery_id": mine["id"], "status": "delivered"})
    assert answer.status_code == 204


@pytest.mark.parametrize("status", ["bounced", "complained"])
def test_where_mail_comes_back_from_nothing_more_is_sent_until_that_is_lifted(reports, db, notify, inbox, event, status):
    who = address()
    delivery, _ = sent(notify, event, {"name": "Ada", "email": who})
    assert tell(notify, delivery_id=delivery["id"], status=status, reason="5.1.1").status_code == 204
    [found] = eventually(lambda: list(pages(notify, "/v1/suppressions", recipient=who.upper())))
    assert (found["address"], found["reason"], found["detail"], found["delivery_id"]) == (
        who, status, "5.1.1", delivery["id"])
    one = f"/v1/suppressions/{found['id']}"
    assert notify.get(one).json() == found

    other_event = new_event(db)
    later, later_listed = sent(notify, other_event, {"name": "Ada", "email": who.title()})
    assert (later["status"], later["error"]) == ("suppressed", f"address_{status}")
    counts = notify.get(later_listed.removesuffix("/deliveries")).json()["counts"]
    assert counts == {"queued": 0, "sent": 0, "failed": 0, "suppressed": 1}

    assert notify.delete(one).status_code == 204
    problem_of(notify.delete(one), 404, "not_found")
    assert notify.post(f"{later_listed}/{later['id']}/resend").status_code == 200
    becomes(notify, later_listed, "sent")


def test_a_full_mailbox_is_tried_again(reports, notify, event):
    who = address()
    delivery, listed = sent(notify, event, {"name": "Ada", "email": who})
    assert tell(notify, delivery_id=delivery["id"], status="bounced", permanent=False).status_code == 204
    becomes(notify, listed, "bounced")
    assert list(pages(notify, "/v1/suppressions", recipient=who)) == []
    sent(notify, event, {"name": "Ada", "email": who})


@pytest.mark.parametrize("form", ["{}", "<{}>"])
def test_an_email_is_named_by_its_message_id_too(reports, notify, event, form):
    delivery, listed = sent(notify, event, {"name": "Ada", "email": address()})
    answer = tell(notify, message_id=form.format(delivery["provider_id"]), status="delivered")
    assert answer.status_code == 204, answer.text
    becomes(notify, listed, "delivered")


def test_late_and_repeated_reports_change_nothing(reports, notify, event):
    delivery, listed = sent(notify, event, {"name": "Ada", "email": address()})
    for status in ("delivered", "delivered", "bounced", "bounced", "delivered"):
        assert tell(notify, delivery_id=delivery["id"], status=status).status_code == 204
    becomes(notify, listed, "bounced")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic OndyOmc="},
                                     {"Authorization": "Bearer "}])
def test_who_does_not_know_the_secret_is_not_heard(reports, notify, event, headers):
    delivery, listed = sent(notify, event, {"name": "Ada", "email": address()})
    for channel in ("email", "sms"):
        answer = tell(notify, channel, headers, delivery_id=delivery["id"], status="bounced")
        problem_of(answer, 401, "callback_unauthorized")
        assert "WWW-Authenticate" in answer.headers
    answer = notify.get("/v1/callbacks/sms", params={"delivery_id": delivery["id"], "dlr": "1",
                                                     "signature": "00" * 32})
    problem_of(answer, 401, "callback_unauthorized")
    becomes(notify, listed, "sent")


def test_the_secret_may_come_as_a_password_or_in_the_address(reports, notify, event):
    for how in ({"auth": ("mail", SECRET)}, {"params": {"secret": SECRET}}):
        delivery, listed = sent(notify, event, {"name": "Ada", "email": address()})
        answer = notify.post("/v1/callbacks/email", {"delivery_id": delivery["id"], "status": "delivered"}, **how)
        assert answer.status_code == 204, answer.text
        becomes(notify, listed, "delivered")


def test_without_a_secret_no_report_is_taken(stack, reports, notify):
    service = stack["notify-svc"]
    service.variables["CALLBACK_SECRET"] = ""
    service.restart()
    try:
        for channel in ("email", "sms"):
            problem_of(tell(notify, channel, delivery_id="x", status="bounced"), 403, "callbacks_off")
        problem_of(notify.get("/v1/callbacks/sms"), 403, "callbacks_off")
    finally:
        service.variables["CALLBACK_SECRET"] = SECRET
        service.restart()


def test_what_is_wrong_with_a_report_is_said_at_once(reports, notify):
    body = problem_of(tell(notify, status="lost", reason="x" * 600, delivery_id="event_1"),
                      422, "validation_failed")
    assert {(error["pointer"], error["code"]) for error in body["errors"]} == {
        ("#/status", "not_allowed"), ("#/reason", "too_long"), ("#/delivery_id", "invalid_id")}
    body = problem_of(tell(notify, status="bounced"), 422, "validation_failed")
    assert [error["code"] for error in body["errors"]] == ["exactly_one"]
    problem_of(tell(notify, status="bounced", delivery_id="delivery_01jz3w4v9he8qb2m5x7k6d0c1n"),
               404, "not_found")
    problem_of(notify.post("/v1/callbacks/email", data="{", headers={
        **WITH_SECRET, "Content-Type": "application/json"}), 400, "invalid_json")
    problem_of(notify.post("/v1/callbacks/email", data="status=bounced", headers={
        **WITH_SECRET, "Content-Type": "application/x-www-form-urlencoded"}), 415, "unsupported_media_type")


def test_callbacks_are_described(notify):
    paths = notify.get("/openapi.json").json()["paths"]
    body = paths["/v1/callbacks/email"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body
    assert {"get", "post"} <= set(paths["/v1/callbacks/sms"])
