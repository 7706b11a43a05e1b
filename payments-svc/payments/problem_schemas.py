"""Problems as JSON Schema: what all have in common, one for each code, and the answers by status."""

from typing import Any

from .problems import PROBLEMS, VIOLATIONS

_REQUIRED = ["type", "title", "status", "detail", "instance", "code"]
# Of a code: member, type, whether it is always there, what it is.
_MEMBERS: dict[str, tuple[tuple[str, str, bool, str], ...]] = {
    "limit_exceeded": (("limit", "integer", True, "The limit."), ("limit_name", "string", True, "Which limit.")),
    "illegal_transition": (("from", "string", False, "The present status."),
                           ("to", "string", False, "The status that was asked for.")),
    "checked_in": (("tickets", "array", True, "The tickets that were used: n, checked_in_at and gate."),),
}


def problem_schemas() -> dict[str, Any]:
    return {"problem": _problem("Any problem (RFC 9457). More codes may come.",
                                {"type": "string", "description": "What the problem is, for programs.",
                                 "enum": list(PROBLEMS)},
                                {"type": "integer", "description": "The HTTP status."}),
            "problem_error": _fault(), **{f"problem_{code}": _one(code) for code in PROBLEMS}}


def problem_responses() -> dict[str, Any]:
    found = {}
    for status in sorted({status for status, _, _ in PROBLEMS.values()}):
        codes = [code for code, (of_code, _, _) in PROBLEMS.items() if of_code == status]
        refs = {code: f"#/components/schemas/problem_{code}" for code in codes}
        response: dict[str, Any] = {
            "description": "\n".join(f"`{code}`: {PROBLEMS[code][2]}" for code in codes),
            "content": {"application/problem+json": {
                "schema": {"oneOf": [{"$ref": ref} for ref in refs.values()],
                           "discriminator": {"propertyName": "code", "mapping": refs}},
                "examples": {code: {"value": _example(code)} for code in codes}}}}
        if status == 503:
            response["headers"] = {"Retry-After": {"$ref": "#/components/headers/retry_after"}}
        found[f"problem_{status}"] = response
    return found


def _one(code: str) -> dict[str, Any]:
    status, title, detail = PROBLEMS[code]
    schema = _problem(detail, {"type": "string", "const": code, "description": title},
                      {"type": "integer", "const": status, "description": "The HTTP status."})
    for name, kind, always, text in _MEMBERS.get(code, ()):
        schema["properties"][name] = {"type": kind, "description": text, **({"items": {}} if kind == "array" else {})}
        if always:
            schema["required"].append(name)
    return schema


def _problem(description: str, code: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "description": description, "required": list(_REQUIRED), "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "/problems/ and the code."},
        "title": {"type": "string", "description": "The code in words."}, "status": status,
        "detail": {"type": "string", "description": "A sentence for people."},
        "instance": {"type": "string", "format": "uri",
                     "description": "This occurrence, as urn:uuid: what to quote to whoever runs this."},
        "code": code,
        "errors": {"type": "array", "description": "Everything that is wrong, at once.",
                   "items": {"$ref": "#/components/schemas/problem_error"}}}}


def _fault() -> dict[str, Any]:
    return {"type": "object", "description": "One thing that is wrong: in the body or in the query string.",
            "required": ["code", "detail"], "properties": {
                "pointer": {"type": "string", "description": "Where in the body: a JSON pointer (RFC 6901) such as "
                            "#/amount/currency."},
                "parameter": {"type": "string", "description": "Which name of the query string."},
                "code": {"type": "string", "enum": list(VIOLATIONS), "description": "What is wrong."},
                "detail": {"type": "string", "description": "The same, for people."}}}


def _example(code: str) -> dict[str, Any]:
    status, title, detail = PROBLEMS[code]
    example: dict[str, Any] = {
        "type": f"/problems/{code}", "title": title, "status": status, "detail": detail,
        "instance": "urn:uuid:0192f1c2-7a64-4d5b-9f3e-2b8c6a1d0e47", "code": code}
    if code == "validation_failed":
        example["errors"] = [{"pointer": "#/amount/currency", "code": "invalid_currency",
                              "detail": VIOLATIONS["invalid_currency"]}]
    if code == "limit_exceeded":
        example |= {"limit": 2500, "limit_name": "refundable"}
    if code == "illegal_transition":
        example |= {"from": "succeeded", "to": "rejected"}
    if code == "checked_in":
        example["tickets"] = [{"n": 1, "checked_in_at": "2026-05-01T18:00:00.000Z", "gate": "north"}]
    return example
