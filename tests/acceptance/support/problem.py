"""What every refusal must look like (RFC 9457)."""

import re


def problem_of(answer, status, code):
    """The body of a refusal, after checking all that each has."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    body = answer.json()
    assert_problem(body, status, code)
    return body


def assert_problem(body, status, code):
    assert body["code"] == code, body
    assert body["type"] == f"/problems/{code}"
    assert body["status"] == status
    assert body["title"] and body["detail"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", body["instance"])


def faults(body, where="pointer"):
    """{pointer: code} of the errors."""
    found = {error[where]: error["code"] for error in body["errors"]}
    assert len(found) == len(body["errors"]), f"a fault is named twice: {body['errors']}"
    assert all(error["detail"] for error in body["errors"])
    return found
