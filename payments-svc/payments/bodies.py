"""Bodies of requests: a table of members a shape, from which follow the checks and the JSON Schema."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
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
    example: dict[str, Any] | None = field(default=None, hash=False)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": False,
                "required": [member.name for member in self.members if member.required],
                "properties": {member.name: _schema(member) for member in self.members},
                **(_at_most_one(self.at_most_one) if self.at_most_one else {}),
                **({"examples": [self.example]} if self.example else {})}

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
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse,
                          parse_float=_number)
    except (ValueError, RecursionError):
        raise ProblemError("invalid_json") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _number(text: str) -> float | int:
    """In JSON Schema 25.0 is an integer."""
    value = float(text)
    return int(value) if value.is_integer() else value


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

_FORBIDDEN = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
_TEXT_PATTERN = rf"^[^{_FORBIDDEN}]*[^\s{_FORBIDDEN}][^{_FORBIDDEN}]*$"


def _schema(member: Member) -> dict[str, Any]:
    """A member that need not be given may be null."""
    kind = _KIND_SCHEMAS[member.kind](member)
    if not member.required:
        kind["type"] = [kind["type"], "null"]
        if "enum" in kind:
            kind["enum"] = [*kind["enum"], None]
    return {**kind, "description": member.summary}


def _text_schema(member: Member) -> dict[str, Any]:
    return {"type": "string", "maxLength": member.max, "pattern": _TEXT_PATTERN}


def _codes_schema(member: Member) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "maxItems": TICKETS_MAX, "uniqueItems": True, "items": _text_schema(member)}


def _money_schema(_: Member) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": ["amount", "currency"],
            "properties": {
                "amount": {"type": "integer", "minimum": 1, "maximum": AMOUNT_MAX,
                           "description": "In minor units of the currency: cents of EUR."},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "By ISO 4217, such as EUR."}}}


_KIND_SCHEMAS: dict[str, Callable[[Member], dict[str, Any]]] = {
    "text": _text_schema, "codes": _codes_schema, "money": _money_schema,
    "url": lambda member: {**_text_schema(member), "format": "uri"},
    "bool": lambda _: {"type": "boolean"},
    "choice": lambda member: {"type": "string", "enum": list(member.choices)},
}


def _at_most_one(names: tuple[str, ...]) -> dict[str, Any]:
    given = {name: {"not": {"type": "null"}} for name in names}
    return {"not": {"required": list(names), "properties": given}}


CHECKOUT = Shape("checkout_input", (
    Member("provider", "choice", "Who takes the money; absent: stripe if it is set up, else transfer.",
           choices=("stripe", "transfer")),
    Member("amount", "money", "Refused unless it is the order's total."),
    Member("embedded", "bool", "True: a client_secret for a form in a page of yours instead of a url."),
    Member("success_url", "url", "Where the buyer goes after paying.", max=2000),
    Member("cancel_url", "url", "Where the buyer goes without paying.", max=2000),
), example={"provider": "stripe", "amount": {"amount": 5000, "currency": "EUR"},
            "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/basket"})
REFUND = Shape("refund_input", (
    Member("amount", "money", "How much; tickets stay valid."),
    Member("tickets", "codes", "The tickets whose price is given back, by code; they become void.", max=64),
    Member("reason", "text", "Why."),
), at_most_one=("amount", "tickets"),
   example={"amount": {"amount": 2500, "currency": "EUR"}, "reason": "The seats were taken."})
REJECTION = Shape("rejection_input", (Member("reason", "text", "Why."),),
                  example={"reason": "The tickets were used."})
RECEIVED = Shape("transfer_input", (Member("amount", "money", "What came; absent: what was asked for."),),
                 example={"amount": {"amount": 5000, "currency": "EUR"}})
NOTHING = Shape("nothing")
