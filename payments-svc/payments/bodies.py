"""Bodies of requests: a table of members a shape, from which follow the checks and the JSON Schema."""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from .problems import ProblemError, invalid, violation

_CURRENCY = re.compile(r"[A-Z]{3}")
TICKETS_MAX = 100
AMOUNT_MAX = 9_007_199_254_740_991  # what JSON carries exactly


@dataclass(frozen=True)
class Member:
    name: str
    kind: str  # text, money, bool, choice, codes, url
    summary: str
    required: bool = False
    max: int = 200
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    name: str
    members: tuple[Member, ...] = ()
    at_most_one: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": False,
                "required": [member.name for member in self.members if member.required],
                "properties": {member.name: _schema(member) for member in self.members}}

    def check(self, body: Any) -> dict[str, Any]:
        """The body, or every fault of it at once."""
        if not isinstance(body, dict):
            raise invalid([violation("wrong_type", "#")])
        known = {member.name: member for member in self.members}
        faults = [violation("unknown_member", f"#/{_escape(name)}") for name in body if name not in known]
        for member in self.members:
            if body.get(member.name) is not None:
                faults += _CHECKS[member.kind](member, body[member.name], f"#/{member.name}")
            elif member.required:
                faults.append(violation("required", f"#/{member.name}"))
        given = [name for name in self.at_most_one if body.get(name) is not None]
        faults += [violation("at_most_one", f"#/{name}") for name in given[1:]]
        if faults:
            raise invalid(faults)
        return {name: value for name, value in body.items() if value is not None}


def parse(raw: bytes, content_type: str) -> Any:
    """JSON in UTF-8 with no member twice; nothing at all is an empty object."""
    if not raw:
        return {}
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise ProblemError("unsupported_media_type")
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ProblemError("invalid_json") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _text(member: Member, value: Any, pointer: str) -> list[dict[str, str]]:
    if not isinstance(value, str):
        return [violation("wrong_type", pointer)]
    if len(value) > member.max:
        return [violation("too_long", pointer)]
    if not value.strip() or any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _OVERRIDES
                                for letter in value):
        return [violation("invalid_text", pointer)]
    return []


_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _bool(_: Member, value: Any, pointer: str) -> list[dict[str, str]]:
    return [] if isinstance(value, bool) else [violation("wrong_type", pointer)]


def _choice(member: Member, value: Any, pointer: str) -> list[dict[str, str]]:
    if not isinstance(value, str):
        return [violation("wrong_type", pointer)]
    return [] if value in member.choices else [violation("not_allowed", pointer)]


def _money(_: Member, value: Any, pointer: str) -> list[dict[str, str]]:
    if not isinstance(value, dict):
        return [violation("wrong_type", pointer)]
    faults = [violation("unknown_member", f"{pointer}/{_escape(name)}") for name in value
              if name not in ("amount", "currency")]
    amount, currency = value.get("amount"), value.get("currency")
    if amount is None:
        faults.append(violation("required", f"{pointer}/amount"))
    elif not isinstance(amount, int) or isinstance(amount, bool):
        faults.append(violation("wrong_type", f"{pointer}/amount"))
    elif amount < 1:
        faults.append(violation("too_small", f"{pointer}/amount"))
    elif amount > AMOUNT_MAX:
        faults.append(violation("too_large", f"{pointer}/amount"))
    if currency is None:
        faults.append(violation("required", f"{pointer}/currency"))
    elif not isinstance(currency, str):
        faults.append(violation("wrong_type", f"{pointer}/currency"))
    elif not _CURRENCY.fullmatch(currency):
        faults.append(violation("invalid_currency", f"{pointer}/currency"))
    return faults


def _codes(member: Member, value: Any, pointer: str) -> list[dict[str, str]]:
    if not isinstance(value, list):
        return [violation("wrong_type", pointer)]
    if not value:
        return [violation("too_short", pointer)]
    if len(value) > TICKETS_MAX:
        return [violation("too_long", pointer)]
    faults = []
    for index, code in enumerate(value):
        faults += _text(member, code, f"{pointer}/{index}")
        if code in value[:index]:
            faults.append(violation("duplicate", f"{pointer}/{index}"))
    return faults


_CHECKS = {"text": _text, "url": _text, "bool": _bool, "choice": _choice, "money": _money, "codes": _codes}

MONEY_SCHEMA: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["amount", "currency"],
    "properties": {"amount": {"type": "integer", "minimum": 0, "maximum": AMOUNT_MAX},
                   "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}}}


def _schema(member: Member) -> dict[str, Any]:
    about: dict[str, Any] = {"description": member.summary}
    if member.kind == "money":
        amount = {**MONEY_SCHEMA["properties"], "amount": {"type": "integer", "minimum": 1, "maximum": AMOUNT_MAX}}
        return {**MONEY_SCHEMA, "properties": amount, **about}
    if member.kind == "bool":
        return {"type": "boolean", **about}
    if member.kind == "choice":
        return {"type": "string", "enum": list(member.choices), **about}
    if member.kind == "codes":
        return {"type": "array", "minItems": 1, "maxItems": TICKETS_MAX, "uniqueItems": True,
                "items": {"type": "string", "maxLength": member.max}, **about}
    return {"type": "string", "minLength": 1, "maxLength": member.max, **about}


CHECKOUT = Shape("checkout", (
    Member("provider", "choice", "Who takes the money; absent: stripe if it is set up, else transfer.",
           choices=("stripe", "transfer")),
    Member("amount", "money", "Refused unless it is the order's total."),
    Member("embedded", "bool", "True: a client_secret for a form in a page of yours instead of a url."),
    Member("success_url", "url", "Where the buyer goes after paying.", max=2000),
    Member("cancel_url", "url", "Where the buyer goes without paying.", max=2000),
))
REFUND = Shape("refund_request", (
    Member("amount", "money", "How much; tickets stay valid."),
    Member("tickets", "codes", "The tickets whose price is given back, by code; they become void.", max=64),
    Member("reason", "text", "Why."),
), at_most_one=("amount", "tickets"))
REJECTION = Shape("rejection", (Member("reason", "text", "Why."),))
RECEIVED = Shape("transfer_received", (Member("amount", "money", "What came; absent: what was asked for."),))
NOTHING = Shape("nothing")
