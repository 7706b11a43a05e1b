"""A route: what it takes, who may use it and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import Headers

from .bodies import Shape
from .parts import Parts


@dataclass
class Call:
    """A request that may be served: its key, ids and body are right."""

    parts: Parts
    ids: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    command_id: str = ""
    raw: bytes = b""
    headers: Headers = field(default_factory=Headers)


@dataclass(frozen=True)
class Result:
    status: int
    body: Any = None
    location: str | None = None
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    order_id: str | None = None  # of a command: whose erasure forgets the answer


@dataclass(frozen=True)
class Query:
    """A name of the query string."""

    name: str
    summary: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"}, hash=False)


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    name: str
    summary: str
    serve: Callable[[Call], Result]
    scopes: tuple[str, ...] = ()  # one of them; none: no key is needed
    shape: Shape | None = None  # of the body of a command
    statuses: tuple[int, ...] = (200,)
    queries: tuple[Query, ...] = ()
    guarded: bool = False  # no key is needed unless the configuration says so
    content_type: str = "application/json"
    # For the document:
    tag: str = "service"
    description: str = ""
    answer: str | None = None  # schema of the answer, in answers.py; None: text
    problems: tuple[str, ...] = ()  # those of its own, besides what such a request may always be refused for
    headers: tuple[tuple[str, str], ...] = ()  # that it needs
    takes: dict[str, Any] | None = field(default=None, hash=False)  # a body that is no shape

    @property
    def is_command(self) -> bool:
        return self.shape is not None
