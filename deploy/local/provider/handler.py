"""HTTP in front of the provider: its API, /_control for what goes wrong, and the paying page."""

import hashlib
import json
import re
import socket
import struct
import time
import traceback
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from api import RefusedError
from paying_page import PAYS, paying_page

PAGE = 100


def nested(pairs):
    """a[b][0]=c, as forms of this API say it, in dictionaries."""
    found = {}
    for name, value in pairs:
        steps = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        place = found
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        last = steps[-1] or str(len(place))
        place[last] = value
    return found


def listed(things, params, url):
    """A page, the newest first."""
    after, limit = params.get("starting_after"), int(params.get("limit", 10))
    begin = next((at + 1 for at, thing in enumerate(things) if thing["id"] == after), 0)
    page = things[begin:begin + min(limit, PAGE)]
    return {"object": "list", "url": url, "has_more": begin + len(page) < len(things), "data": page}


def searched(things, params, url):
    begin, limit = int(params.get("page") or 0), int(params.get("limit", 10))
    end = begin + min(limit, PAGE)
    more = end < len(things)
    return {"object": "search_result", "url": url, "has_more": more, "next_page": str(end) if more else None,
            "data": things[begin:end]}


def handler_of(api, behaviour, webhooks):
    """A handler class that serves this provider."""
    routes = [
        ("POST", r"/v1/checkout/sessions", lambda params: api.create_session(params)),
        ("GET", r"/v1/checkout/sessions", lambda params: listed(api.sessions(params), params, "/v1/checkout/sessions")),
        ("GET", r"/v1/checkout/sessions/(\w+)", lambda params, id_: api.session(id_)),
        ("POST", r"/v1/checkout/sessions/(\w+)/expire", lambda params, id_: api.expire_session(id_)),
        ("GET", r"/v1/payment_intents/search",
         lambda params: searched(api.search_intents(params["query"]), params, "/v1/payment_intents/search")),
        ("GET", r"/v1/payment_intents/(\w+)", lambda params, id_: api.intent(id_)),
        ("POST", r"/v1/refunds", lambda params: api.create_refund(params)),
        ("GET", r"/v1/refunds", lambda params: listed(api.refunds(params), params, "/v1/refunds")),
        ("GET", r"/v1/events", lambda params: listed(api.events(params), params, "/v1/events")),
    ]
    controls = {
        "/_control": lambda body: (behaviour.change(**body), behaviour.shown())[1],
        "/_control/pay": lambda body: {"why": api.pay(**body)},
        "/_control/refund": lambda body: api.create_refund(body),
        "/_control/fail_refund": lambda body: (api.fail_refund(body["id"]), {})[1],
        "/_control/dispute": lambda body: api.dispute(body["payment_intent"]),
        "/_control/resend": lambda body: {"sent": api.resend(body.get("id"))},
        "/_control/forget_keys": lambda body: (api.forget_keys(), {})[1],
        "/_control/sessions": lambda body: {"data": api.sessions({})},
        "/_control/intents": lambda body: {"data": api.intents()},
        "/_control/refunds": lambda body: {"data": api.refunds({})},
        "/_control/events": lambda body: {"data": api.events({})},
        "/_control/sign": lambda body: {"signature": webhooks.signature(body["payload"].encode(), body.get("at"))},
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._serve("GET")

        def do_POST(self):
            self._serve("POST")

        def log_message(self, *_):
            pass

        def _serve(self, method):
            try:
                address = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if address.path == "/" and method == "GET":
                    self._json(200, {"object": "provider", **behaviour.shown()})
                elif address.path.startswith("/_control"):
                    self._json(200, controls[address.path](json.loads(body or b"{}")))
                elif address.path.startswith("/pay/"):
                    self._pay(method, address.path.removeprefix("/pay/"), dict(parse_qsl(body.decode())))
                else:
                    self._api(method, address, body)
            except RefusedError as refused:
                self._json(refused.status, refused.body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            except Exception:
                traceback.print_exc()
                self._json(500, {"error": {"type": "api_error", "message": "the provider itself failed"}})

        def _api(self, method, address, body):
            if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
                self._json(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})
                return
            time.sleep(behaviour.slow_ms / 1000)
            fate = behaviour.next_call()
            if fate == "fail":
                self._json(500, {"error": {"type": "api_error", "message": "asked to fail"}})
                return
            status, answer = self._once(method, address, body)
            if fate == "lose":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            if method == "POST":
                time.sleep(behaviour.early_ms / 1000)
            self._bytes(status, answer.encode(), "application/json")

        def _once(self, method, address, body):
            """By its Idempotency-Key, if it has one."""
            key = self.headers.get("Idempotency-Key") if method == "POST" else None
            request = hashlib.sha256(f"{address.path} {body.decode()}".encode()).hexdigest()
            with api._books.lock:
                known = api._books.answered(key) if key else None
                if known and known[0] != request:
                    return 400, json.dumps({"error": {"type": "idempotency_error",
                                                      "message": "Keys for idempotent requests can only be used with "
                                                                 "the same parameters they were first used with."}})
                if known:
                    return known[1], known[2]
                status, answer = self._do(method, address, body)
                if key:
                    api._books.keep_answer(key, request, status, answer)
                return status, answer

        def _do(self, method, address, body):
            params = nested(parse_qsl(address.query if method == "GET" else body.decode(), keep_blank_values=True))
            for verb, pattern, serve in routes:
                match = re.fullmatch(pattern, address.path)
                if verb == method and match:
                    try:
                        return 200, json.dumps(serve(params, *match.groups()))
                    except RefusedError as refused:
                        return refused.status, json.dumps(refused.body)
            return 404, json.dumps({"error": {"type": "invalid_request_error",
                                              "message": f"Unrecognized request URL ({method}: {address.path})"}})

        def _pay(self, method, id_, form):
            session = api.session(id_)
            why, card = None, form.get("card", PAYS)
            if method == "POST":
                why = api.pay(id_, re.sub(r"\D", "", card), form.get("secure", "yes") == "yes")
                session = api.session(id_)
            if session["status"] == "complete" and method == "POST" and session["success_url"]:
                self.send_response(303)
                self.send_header("Location", session["success_url"])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._bytes(200, paying_page(session, why, card).encode(), "text/html; charset=utf-8")

        def _json(self, status, body):
            self._bytes(status, json.dumps(body).encode(), "application/json")

        def _bytes(self, status, body, content_type):
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
