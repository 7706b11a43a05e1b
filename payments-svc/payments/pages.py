"""The OpenAPI document as a page for people."""

import html
from typing import Any

from . import SERVICE


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
