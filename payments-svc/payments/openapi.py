"""The OpenAPI document, from the tables of routes, bodies, answers and problems."""

import re
from collections.abc import Iterable
from typing import Any

from . import SERVICE, VERSION
from .answers import SCHEMAS, id_of
from .problem_schemas import problem_responses, problem_schemas
from .problems import PROBLEMS
from .prune import prune
from .route import Route

_INTRODUCTION = (
    "Takes payments for held orders and gives money back. Every answer that is no success is a problem (RFC 9457) with "
    "a `code` for programs, and names everything that is wrong at once. Commands take an `Idempotency-Key`: sent again "
    "with the same key, the first answer comes back, refusals too, and nothing happens twice; a new attempt takes a "
    "new key. Answers may get new members; ignore those that you do not know.")
_TAGS = {"payments": "Payments of orders, and whether the books agree.", "refunds": "Money that is given back.",
         "callbacks": "Where a provider or a bank reports.", "service": "Health, metrics and documents."}
_KEY = ("An API key; each operation's security names the scopes of which it takes any one, and none is any key. admin "
        "opens everything; no other scope includes another.")
_PATH = {
    "event_id": id_of("event", "The event."), "order_id": id_of("order", "The order."),
    "refund_id": {"type": "string", "description": "The refund."},
    "reference": {"type": "string", "description": "The reference on the transfer, by ISO 11649; blanks and case do "
                  "not matter."}}
_HEADERS = {
    "location": ("string", "The address of what was made."),
    "idempotency_key": ("string", "The key of the command, as given or drawn."),
    "retry_after": ("integer", "Seconds to wait before the next try.")}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header",
    "description": "Names the command: sent again with the same key, the first answer comes back and nothing happens "
    "twice. Drawn if absent.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}}
# What any request may be refused for, by what it is.
_ALWAYS = ("invalid_request", "not_found", "uri_too_long", "headers_too_large", "internal_error", "unavailable")
_WITH_KEYS, _WITHOUT_KEYS = ("unauthorized", "forbidden"), ("misdirected_request",)
_OF_POSTS = ("payload_too_large",)
_OF_COMMANDS = ("invalid_json", "invalid_idempotency_key", "unsupported_media_type", "validation_failed",
                "idempotency_key_reused")


def document(routes: Iterable[Route], with_keys: bool = True, all_guarded: bool = False) -> dict[str, Any]:
    """`all_guarded`: METRICS_KEY_REQUIRED."""
    listed = list(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        security = _security(route, all_guarded) if with_keys else None
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, security)
    shapes = {route.shape.name: route.shape.schema() for route in listed if route.shape and route.shape.members}
    return prune({
        "openapi": "3.1.0",
        "info": {"title": SERVICE, "version": VERSION, "description": _INTRODUCTION,
                 "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/", "description": "This service."}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {**shapes, **SCHEMAS, **problem_schemas()},
            "parameters": {"idempotency_key": _IDEMPOTENCY_KEY},
            "headers": {name: {"description": text, "schema": {"type": kind}}
                        for name, (kind, text) in _HEADERS.items()},
            "responses": problem_responses(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _KEY}}}})


def _security(route: Route, all_guarded: bool) -> list[dict[str, list[str]]]:
    """Any one of the scopes does; an empty list of them is any key."""
    if route.guarded and all_guarded:
        return [{"key": []}]
    return [{"key": [scope]} for scope in _scopes(route)]


def _operation(route: Route, security: list[dict[str, list[str]]] | None) -> dict[str, Any]:
    """`security`: None if the service has no keys."""
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W", "_", route.name), "summary": route.summary,
        "description": " ".join(filter(None, (route.description, _needs(route)))), "tags": [route.tag],
        "security": security or [], "parameters": _parameters(route),
        "responses": {**{str(status): _answer(route, status) for status in route.statuses},
                      **_refusals(route, security)}}
    if route.shape and route.shape.members:
        content = {"schema": {"$ref": f"#/components/schemas/{route.shape.name}"}}
        operation["requestBody"] = {"required": any(member.required for member in route.shape.members),
                                    "content": {"application/json": content}}
    elif route.takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": route.takes}}}
    return operation


def _scopes(route: Route) -> tuple[str, ...]:
    return ("admin", *(scope for scope in route.scopes if scope != "admin")) if route.scopes else ()


def _needs(route: Route) -> str:
    if not route.scopes:
        return "Needs no key."
    return f"Needs a key with scope {' or '.join(f'`{scope}`' for scope in _scopes(route))}."


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "description": _PATH[name]["description"], "schema": _PATH[name]}
        for name in re.findall(r"\{(\w+)\}", route.path)]
    found += [{"name": query.name, "in": "query", "description": query.summary, "schema": query.schema}
              for query in route.queries]
    found += [{"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
              for name, text in route.headers]
    if route.is_command:
        found.append({"$ref": "#/components/parameters/idempotency_key"})
    return found


def _answer(route: Route, status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{route.answer}"} if route.answer else {"type": "string"}
    names = ["Idempotency-Key"] if route.is_command else []
    names += ["Location"] if status == 201 else []
    description = {201: "Created.", 503: "It cannot do its work."}.get(status, "As it is now.")
    headers = {name: {"$ref": f"#/components/headers/{name.lower().replace('-', '_')}"} for name in names}
    return {"description": description, "headers": headers, "content": {route.content_type: {"schema": schema}}}


def _refusals(route: Route, security: list[dict[str, list[str]]] | None) -> dict[str, Any]:
    codes = [*_ALWAYS, *route.problems]
    codes += _WITHOUT_KEYS if security is None else _WITH_KEYS if security else ()
    codes += _OF_POSTS if route.method == "POST" else ()
    codes += _OF_COMMANDS if route.is_command else ()
    codes += ("validation_failed",) if route.queries else ()
    statuses = sorted({PROBLEMS[code][0] for code in codes} - set(route.statuses))
    return {str(status): {"$ref": f"#/components/responses/problem_{status}"} for status in statuses}
