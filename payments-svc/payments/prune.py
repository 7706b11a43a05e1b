"""Leaves out of a document the components that nothing in it refers to."""

from collections.abc import Iterator
from typing import Any


def prune(document: dict[str, Any]) -> dict[str, Any]:
    components = document["components"]
    rest = {name: part for name, part in document.items() if name != "components"}
    used: set[str] = set()
    unread = set(_references(rest))
    while unread:
        used |= unread
        unread = {one for reference in unread for one in _references(_resolved(components, reference))} - used
    kept = {kind: {name: part for name, part in parts.items()
                   if kind == "securitySchemes" or f"#/components/{kind}/{name}" in used}
            for kind, parts in components.items()}
    return {**rest, "components": kept}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _resolved(components: dict[str, Any], reference: str) -> Any:
    _, _, kind, name = reference.split("/")
    return components[kind][name]
