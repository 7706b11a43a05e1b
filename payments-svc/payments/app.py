"""Flask in front of the table of routes: keys, hosts, bodies, receipts, problems, metrics."""

import functools
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData, ParseException
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from . import bodies, tracing
from .bus import UnavailableError
from .ids import is_id, new_id
from .keys import EVERYBODY, Caller
from .parts import Parts
from .problems import ProblemError
from .receipts import Answer, Receipts, check_key
from .route import Call, Result, Route
from .routes import ROUTES
from .tracing import Span

BODY_MAX = 256 * 1024
PARAMETERS_MAX = 100
DRAINED_MAX = 8 * 1024 * 1024
CHALLENGE = 'Bearer realm="events"'
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ID_PREFIXES = {"event_id": "event", "order_id": "order"}
_HTTP_PROBLEMS = {400: "invalid_request", 404: "not_found", 405: "method_not_allowed", 413: "payload_too_large",
                  415: "unsupported_media_type"}


class Front:
    """Serves the routes of one service."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._receipts = Receipts(parts.store)
        self._origins = parts.settings.origins

    def app(self) -> Flask:
        app = Flask("payments", static_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = BODY_MAX + 1  # one more, to tell a larger one by
        app.url_map.merge_slashes = False
        by_path: dict[str, list[Route]] = defaultdict(list)
        for route in ROUTES:
            by_path[route.path].append(route)
        for path, routes in by_path.items():
            rule = path.replace("{", "<").replace("}", ">")
            for route in routes:
                app.add_url_rule(rule, route.name, self._view(route), methods=[route.method],
                                 provide_automatic_options=False)
            allow = sorted({*(route.method for route in routes), "OPTIONS"})
            app.add_url_rule(rule, f"options {path}", self._options(allow), methods=["OPTIONS"],
                             provide_automatic_options=False)
        app.before_request(self._begin)
        app.after_request(self._end)
        app.teardown_request(lambda _: _forget_trace())
        app.register_error_handler(ProblemError, _problem)
        app.register_error_handler(UnavailableError, _unavailable)
        app.register_error_handler(HTTPException, _http_problem)
        app.register_error_handler(ParseException, _broken_body)
        app.register_error_handler(Exception, self._fault)
        return app

    def _view(self, route: Route) -> Callable[..., Response]:
        def view(**ids: str) -> Response:
            self._check_host()
            caller = self._caller(route)
            if request.query_string and len(request.args) > PARAMETERS_MAX:
                raise ProblemError("uri_too_long")
            if any(not is_id(prefix, ids[name]) for name, prefix in ID_PREFIXES.items() if name in ids):
                raise ProblemError("not_found")
            if route.is_command:
                return self._command(route, caller, ids)
            raw = _body() if route.method == "POST" else b""
            call = Call(self._parts, ids, _query(route), {}, raw=raw, headers=request.headers)
            result = route.serve(call)
            response = _response(_answer(result))
            response.headers.update(result.headers)
            return response
        return view

    def _command(self, route: Route, caller: Caller, ids: dict[str, str]) -> Response:
        raw = _body()
        _query(route)
        given = request.headers.get("Idempotency-Key")
        key = check_key(given) if given is not None else new_id("key")
        assert route.shape is not None
        body = bodies.parse(raw, request.headers.get("Content-Type", ""))

        def serve(command_id: str) -> Answer:
            try:
                members = route.shape.check(body) if route.shape else {}
                return _answer(route.serve(Call(self._parts, ids, {}, members, command_id)))
            except ProblemError as problem:
                return _problem_answer(problem)
        command = f"{route.name} {json.dumps(ids, sort_keys=True)}"
        answer = self._receipts.once(caller.name, key, command, body, serve)
        response = _response(answer)
        response.headers["Idempotency-Key"] = key
        return response

    def _caller(self, route: Route) -> Caller:
        keys = self._parts.keys
        guarded = route.guarded and self._parts.settings.metrics_key_required == 1
        if keys is None or (not route.scopes and not guarded):
            return EVERYBODY
        caller = keys.find(request.headers.get("Authorization"))
        if caller is None:
            raise ProblemError("unauthorized")
        if not caller.allows(frozenset(route.scopes)):
            raise ProblemError("forbidden")
        return caller

    def _check_host(self) -> None:
        """So that no web page can reach a service without keys under a name of its own."""
        if self._parts.keys is None and not _is_loopback(_host()):
            raise ProblemError("misdirected_request")

    def _options(self, allow: list[str]) -> Callable[..., Response]:
        def view(**_: str) -> Response:
            response = Response(status=204)
            response.headers["Allow"] = ", ".join(allow)
            if self._allowed_origin() and request.headers.get("Access-Control-Request-Method"):
                response.headers["Access-Control-Allow-Methods"] = ", ".join(allow)
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
            return response
        return view

    def _allowed_origin(self) -> str | None:
        origin = request.headers.get("Origin")
        if "*" in self._origins and origin:
            return "*"
        return origin if origin in self._origins else None

    def _begin(self) -> None:
        g.began = time.monotonic()
        g.span = self._parts.tracer.begin(request.headers.get("traceparent"), time.time_ns())

    def _end_span(self, method: str, rule: str, status: int) -> None:
        span: Span | None = g.span
        if span is None:
            return
        span.name = f"{method} {rule}" if request.url_rule else method
        span.attributes = {"http.request.method": method, "http.response.status_code": status,
                           **({"http.route": rule} if request.url_rule else {})}
        span.failed = status >= 500
        self._parts.tracer.end(span, span.start_ns + int((time.monotonic() - g.began) * 1e9))

    def _end(self, response: Response) -> Response:
        if origin := self._allowed_origin():
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Location, Idempotency-Key, Retry-After"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        rule = _written(request.url_rule.rule) if request.url_rule else "none"
        method = request.method if request.method in ("GET", "POST", "OPTIONS") else "other"
        self._end_span(method, rule, response.status_code)
        duration_s = time.monotonic() - g.began
        self._parts.metrics.request(method, rule, response.status_code, duration_s)
        self._parts.log.debug("http.request", method=method, route=rule, status=response.status_code,
                              duration_us=int(duration_s * 1e6))
        return response

    def _fault(self, error: Exception) -> Response:
        problem = ProblemError("internal_error")
        document = problem.document()
        self._parts.log.error("request.failed", instance=document["instance"], error=type(error).__name__,
                              route=_written(request.url_rule.rule) if request.url_rule else "none")
        return _response(Answer(500, _json(document), "application/problem+json"))


def _forget_trace() -> None:
    """The thread goes on with another's request."""
    tracing.current.set(None)


def _host() -> str:
    """By RFC 9112, 3.2.2: that of an absolute target, else the header's."""
    absolute = re.match(r"https?://([^/?#]*)", request.environ.get("RAW_URI", ""), re.IGNORECASE)
    return absolute[1] if absolute else request.headers.get("Host", "")


@functools.lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False


@functools.lru_cache(maxsize=64)
def _written(rule: str) -> str:
    """A route as documents write it."""
    return rule.replace("<", "{").replace(">", "}")


def _body() -> bytes:
    """Of one in chunks, whose length nobody says, Flask reads up to its limit and keeps silent about the rest."""
    raw = request.get_data(cache=False)
    if len(raw) > BODY_MAX:
        raise RequestEntityTooLarge
    return raw


def _query(route: Route) -> dict[str, str]:
    if not request.query_string:
        return {}
    known = {query.name for query in route.queries}
    unknown = [name for name in request.args if name not in known]
    if unknown and known:
        raise ProblemError("validation_failed", errors=[
            {"parameter": name, "code": "unknown_member", "detail": "There is no such parameter."} for name in unknown])
    return {name: value for name, value in request.args.items() if name in known}


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _answer(result: Result) -> Answer:
    body = result.body if isinstance(result.body, bytes) else _json(result.body)
    return Answer(result.status, body, result.content_type, result.location, result.order_id)


def _problem_answer(problem: ProblemError) -> Answer:
    return Answer(problem.status, _json(problem.document()), "application/problem+json")


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    response.autocorrect_location_header = False
    if answer.location:
        response.headers["Location"] = answer.location
    if answer.status == 503:
        response.headers["Retry-After"] = "1"
    return response


def _problem(problem: ProblemError) -> Response:
    response = _response(_problem_answer(problem))
    if problem.code == "unauthorized":
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def _unavailable(_: UnavailableError) -> Response:
    return _problem(ProblemError("unavailable"))


def _drain(stream: BinaryIO) -> None:
    """Reads what is left of a refused body, within limits: a connection that stays open is then at its next request."""
    left = DRAINED_MAX
    with suppress(ParseException, NoMoreData):  # the server then closes the connection
        while left > 0 and (piece := stream.read(min(left, 65536))):
            left -= len(piece)


def _broken_body(error: ParseException) -> Response:
    """Its pieces are not framed as they must be, which the server sees only as the body is read."""
    return _problem(ProblemError("headers_too_large" if isinstance(error, LimitRequestHeaders) else "invalid_request"))


def _http_problem(error: HTTPException) -> Response:
    response = _problem(ProblemError(_HTTP_PROBLEMS.get(error.code or 500, "invalid_request")))
    if error.code == 413:
        response.call_on_close(functools.partial(_drain, request.environ["wsgi.input"]))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response
