"""Text messages by Twilio's messages API, played by a server of the test's."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
import requests

from support import eventually, new_event, pages, path


class Twilio(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.path, self.headers["Authorization"], parse_qs(body)))
        answer = json.dumps({"sid": f"SM{len(self.server.asked)}", "status": "queued"}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def twilio(stack):
    server = HTTPServer(("127.0.0.1", 0), Twilio)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service = stack["notify-svc"]
    usual = dict(service.variables)
    service.variables.update(
        SMS_URL=(f"twilio+http://AC1:token@127.0.0.1:{server.server_port}"
                 "/2010-04-01/Accounts/AC1/Messages.json?From=%2B15550001111"),
        CALLBACK_URL=service.url, CALLBACK_SECRET="open sesame")
    service.restart()
    yield server
    service.variables.clear()
    service.variables.update(usual)
    service.restart()
    server.shutdown()


def test_an_sms_is_sent_by_twilio(db, notify, twilio):
    event = new_event(db)
    answer = notify.post(path(event, "notifications"), {
        "channel": "sms", "message": "Mañana, {{event.name}}",
        "audience": {"recipients": [{"name": "Ada", "phone": "+34600111222"}]}})
    assert answer.status_code == 202, answer.text
    notification = path(event, "notifications", answer.json())
    eventually(lambda: notify.get(notification).json()["status"] == "sent")
    [(asked, who, form)] = twilio.asked
    assert asked == "/2010-04-01/Accounts/AC1/Messages.json"
    assert base64.b64decode(who.removeprefix("Basic ")) == b"AC1:token"
    [callback] = form.pop("StatusCallback")
    assert form == {"From": ["+15550001111"], "To": ["+34600111222"],
                    "Body": ["Mañana, Night of the Proms"]}
    [delivery] = pages(notify, notification + "/deliveries")
    assert (delivery["status"], delivery["provider_id"]) == ("sent", "SM1")
    assert "sesame" not in callback
    for status in ("sent", "delivered"):
        answer = requests.post(callback, {"MessageSid": "SM1", "MessageStatus": status}, timeout=60)
        assert answer.status_code == 204, answer.text

    def has_arrived():
        [delivery] = pages(notify, notification + "/deliveries")
        return delivery["status"] == "delivered"
    eventually(has_arrived)


def test_a_phone_is_found_as_it_is_written(db, notify, twilio):
    event = new_event(db)
    answer = notify.post(path(event, "notifications"), {
        "channel": "sms", "message": "Doors open at eight.",
        "audience": {"recipients": [{"name": "Ada", "phone": "+34 600-111 999"}]}})
    assert answer.status_code == 202, answer.text
    sent = answer.json()
    assert sent["audience"]["recipients"][0]["phone"] == "+34600111999"
    address = path(event, "notifications", sent, "deliveries")
    [delivery] = eventually(lambda: notify.get(address).json()["items"])
    assert delivery["address"] == "+34600111999"
    for phone in ("+34600111999", "+34 600 111 999", "0034 (600) 111-999"):
        assert [one["id"] for one in notify.get(address, params={"recipient": phone}).json()["items"]] == [delivery["id"]]
        found = notify.get(path(event, "notifications"), params={"recipient": phone}).json()["items"]
        assert [one["id"] for one in found] == [sent["id"]]
    eventually(lambda: twilio.asked)
    assert twilio.asked[0][2]["To"] == ["+34600111999"]
