"""The OpenAPI and AsyncAPI documents, from the table of routes and of messages."""

import html
import re
from collections.abc import Iterable
from typing import Any

from . import SERVICE, VERSION
from .problems import PROBLEMS
from .route import Route

_PROBLEM = {"$ref": "#/components/schemas/problem"}


def document(routes: Iterable[Route], with_keys: bool = True) -> dict[str, Any]:
    listed = list(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, with_keys)
    shapes = {route.shape.name: route.shape.schema() for route in listed if route.shape}
    return {"openapi": "3.1.0", "info": {"title": SERVICE, "version": VERSION}, "paths": paths,
            "components": {"schemas": {**shapes, "problem": _problem_schema()},
                           "securitySchemes": {"key": {"type": "http", "scheme": "bearer",
                                                       "description": "An API key; each operation's security names "
                                                       "the scopes of which it takes any one. admin is every scope."}}}}


def _operation(route: Route, with_keys: bool) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name, "summary": route.summary,
        "security": [{"key": [scope]} for scope in route.scopes] if with_keys else [],
        "responses": {
            **{str(status): {"description": "Done." if status < 300 else "It cannot.",
                             "content": {route.content_type: {}}} for status in route.statuses},
            "default": {"description": "A problem.", "content": {"application/problem+json": {"schema": _PROBLEM}}}}}
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                  for name in re.findall(r"\{(\w+)\}", route.path)]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.queries]
    if route.is_command:
        parameters.append({"name": "Idempotency-Key", "in": "header",
                           "schema": {"type": "string", "minLength": 1, "maxLength": 255}})
    if parameters:
        operation["parameters"] = parameters
    if route.shape and route.shape.members:
        operation["requestBody"] = {"content": {"application/json": {
            "schema": {"$ref": f"#/components/schemas/{route.shape.name}"}}}}
    return operation


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {"type": "object", "required": ["type", "title", "status", "detail", "instance", "code"],
            "properties": {"type": text, "title": text, "status": {"type": "integer"}, "detail": text,
                           "instance": text, "code": {"type": "string", "enum": sorted(PROBLEMS)},
                           "errors": {"type": "array", "items": {"type": "object"}}}}


def asyncapi() -> dict[str, Any]:
    told = ("payment.succeeded", "payment.failed", "payment.refunded", "payment.refund_failed", "payment.disputed")
    heard = ("order.refund_due", "order.expired", "order.cancelled", "order.confirmed", "order.erased")

    def channel(address: str, kinds: tuple[str, ...]) -> dict[str, Any]:
        return {"address": address,
                "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds}}
    return {"asyncapi": "3.0.0", "info": {"title": SERVICE, "version": VERSION},
            "channels": {"payments": channel("payments.events", told), "facts": channel("tickets.facts", heard)},
            "operations": {
                "tell": {"action": "send", "channel": {"$ref": "#/channels/payments"}},
                "hear": {"action": "receive", "channel": {"$ref": "#/channels/facts"}}},
            "components": {"messages": {kind: {"name": kind, "contentType": "application/json"}
                                        for kind in (*told, *heard)}}}


def viewer_page() -> str:
    """The document in the viewer that is served beside it; relative, so that a proxy may have a prefix."""
    return ("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            f"<meta name=\"color-scheme\" content=\"light dark\">\n<title>{SERVICE}</title>\n"
            "<body style=\"margin: 0\">\n<redoc spec-url=\"openapi.json\" disable-telemetry=\"true\"></redoc>\n"
            "<script type=\"module\" src=\"docs/redoc.standalone.js\"></script>\n")


def page(described: dict[str, Any]) -> str:
    """For people, without anything from elsewhere."""
    rows = "".join(
        f"<tr><td><code>{method.upper()} {html.escape(path)}</code><td>{html.escape(operation['summary'])}"
        f"<td>{html.escape(', '.join(scope for one in operation['security'] for scope in one['key']))}"
        for path, item in described["paths"].items() for method, operation in item.items())
    return (f"<!doctype html><html lang=en><meta charset=utf-8><title>{SERVICE}</title>"
            "<style>body{font:16px sans-serif;margin:2em}td,th{padding:.3em 1em;text-align:left}</style>"
            f"<h1>{SERVICE}</h1><p><a href=\"openapi.json\">openapi.json</a></p>"
            f"<table><tr><th>Request<th>What it does<th>Scopes{rows}</table></html>")
