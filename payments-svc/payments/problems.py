"""Problems by RFC 9457: the table of codes, and the exception that carries one to the caller.

A code that the other services have too has their status and title.
"""

import uuid
from typing import Any

PROBLEMS: dict[str, tuple[int, str, str]] = {
    "invalid_json": (400, "Invalid JSON", "The body is not valid JSON in UTF-8, or names a member twice."),
    "invalid_request": (400, "Invalid request", "The request is malformed."),
    "invalid_idempotency_key": (
        400, "Invalid idempotency key", "Idempotency-Key takes 1 to 255 printable ASCII characters."),
    "invalid_signature": (
        400, "Invalid signature", "The webhook is not signed with this installation's secret, or too old."),
    "wrong_mode": (400, "Wrong mode", "The webhook is of live mode and the key is not, or the other way round."),
    "unauthorized": (401, "Unauthorized", "An API key is required: Authorization: Bearer <key>."),
    "forbidden": (403, "Forbidden", "The API key lacks the scope that this requires."),
    "webhooks_off": (403, "Webhooks off", "STRIPE_WEBHOOK_SECRET is not set: this installation takes no webhooks."),
    "not_found": (404, "Not found", "Nothing exists at this address."),
    "method_not_allowed": (
        405, "Method not allowed", "This address does not support the method; the Allow header lists those that it "
        "does."),
    "request_timeout": (408, "Request timeout", "The request did not arrive in time."),
    "already_paid": (409, "Already paid", "The order is paid."),
    "checked_in": (409, "Checked in", "A ticket has already been used, so it can be neither cancelled nor refunded."),
    "hold_expired": (409, "Hold expired", "The hold expired before the order was paid."),
    "illegal_transition": (409, "Illegal transition", "The current status does not allow this."),
    "payload_too_large": (413, "Payload too large", "The body is larger than this service accepts."),
    "uri_too_long": (414, "URI too long", "The address is longer, or has more parameters, than this service accepts."),
    "unsupported_media_type": (
        415, "Unsupported media type", "The Content-Type or Content-Encoding of the body is not supported."),
    "misdirected_request": (
        421, "Misdirected request", "Without API keys a service answers only requests that are addressed to this "
        "machine, such as to localhost or 127.0.0.1."),
    "validation_failed": (422, "Validation failed", "The members listed in errors are invalid."),
    "limit_exceeded": (422, "Limit exceeded", "This exceeds the limit."),
    "amount_unsupported": (
        422, "Amount unsupported", "The payment provider does not take this amount in this currency."),
    "provider_unavailable": (
        422, "Provider unavailable", "This installation does not take payments by that provider."),
    "idempotency_key_reused": (422, "Idempotency key reused", "The key was used for another command."),
    "headers_too_large": (
        431, "Headers too large", "The header fields are larger, or more numerous, than this service accepts."),
    "internal_error": (500, "Internal error", "The service failed; its log has the details under the instance."),
    "unavailable": (503, "Unavailable", "Nothing was done; try again."),
    "overloaded": (503, "Overloaded", "Too many requests are waiting; nothing was done; try again."),
    "outcome_unknown": (
        504, "Outcome unknown", "No answer came in time; repeat the request with the same Idempotency-Key to learn the "
        "outcome."),
}

VIOLATIONS = {
    "required": "This member is required.",
    "unknown_member": "This member is not known here.",
    "wrong_type": "This value has the wrong JSON type.",
    "too_small": "This number is smaller than the limit.",
    "too_large": "This number is larger than the limit.",
    "too_short": "This text or list is shorter than the limit.",
    "too_long": "This text or list is longer than the limit.",
    "not_allowed": "This value is not allowed.",
    "invalid_currency": "This is not an ISO 4217 currency code, such as EUR.",
    "invalid_text": "This text is blank, contains control characters, has several lines where one is allowed, or "
                    "overrides its writing direction.",
    "invalid_url": "This is not an http or https address of a host that CHECKOUT_RETURN_HOSTS allows.",
    "at_most_one": "At most one of these members can be given.",
    "duplicate": "This value occurs in the list more than once.",
    "not_of_order": "This is not what the order says.",
    "unknown_ticket": "The order has no such ticket.",
}


def violation(code: str, pointer: str, kind: str = "pointer") -> dict[str, str]:
    return {kind: pointer, "code": code, "detail": VIOLATIONS[code]}


class ProblemError(Exception):
    """Ends a request with this problem; `members` are the problem's own."""

    def __init__(self, code: str, **members: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = PROBLEMS[code][0]
        self._members = members

    def document(self) -> dict[str, Any]:
        status, title, detail = PROBLEMS[self.code]
        return {"type": f"/problems/{self.code}", "title": title, "status": status, "detail": detail,
                "instance": f"urn:uuid:{uuid.uuid4()}", "code": self.code, **self._members}


def invalid(errors: list[dict[str, str]]) -> ProblemError:
    return ProblemError("validation_failed", errors=errors)
