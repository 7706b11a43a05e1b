"""The documents are valid, complete, and such that generators make good clients of them.

They are read from the programs: no broker is needed.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from stack import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PARTS = Path(os.environ.get("PARTS_DIR", ROOT / "var/parts"))
METHODS = ("get", "put", "post", "patch", "delete")
ID = "event_01jz3w4v9he8qb2m5x7k6d0c1n"


def printed(built, name, which):
    return json.loads(subprocess.run([built / name / name, f"--print-{which}"], check=True, capture_output=True).stdout)


@pytest.fixture(scope="module", params=SERVICES)
def document(request, built):
    return printed(built, request.param, "openapi")


@pytest.fixture(scope="module")
def documents(built):
    return {name: printed(built, name, "openapi") for name in SERVICES}


@pytest.fixture(scope="module")
def kafka(built):
    return printed(built, "db-svc", "asyncapi")


def contract_tool(*arguments, **options):
    """One of tests/acceptance/requirements.txt, which live beside the venv."""
    return subprocess.run([sys.executable, "-m", *map(str, arguments)], text=True, capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(PARTS / "contracts")}, **options)


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def objects(node, at=""):
    """Every object of a document, with where it stands."""
    if isinstance(node, dict):
        yield at, node
        for name, value in node.items():
            yield from objects(value, f"{at}/{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from objects(value, f"{at}/{number}")


def properties(document):
    for at, node in objects(document):
        if isinstance(node.get("properties"), dict) and "type" in node:
            for name, schema in node["properties"].items():
                yield f"{at}/{name}", schema


def resolved(document, node):
    while "$ref" in node:
        found = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def validator(document, name):
    """Says what is wrong with an instance, by a schema of the document."""
    script = ("import json, sys; from jsonschema import Draft202012Validator as V;"
              "document, name, bodies = json.load(sys.stdin);"
              "document['$ref'] = '#/components/schemas/' + name;"
              "print(json.dumps([V(document).is_valid(body) for body in bodies]))")

    def valid(*bodies):
        done = subprocess.run([sys.executable, "-c", script], input=json.dumps([document, name, bodies]), text=True,
                              capture_output=True, check=False,
                              env={**os.environ, "PYTHONPATH": str(PARTS / "contracts")})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return valid


# OpenAPI

def test_a_validator_finds_nothing_wrong(document, tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    done = contract_tool("openapi_spec_validator", file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_operations_have_plain_names(document):
    for where, operation in operations(document):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", operation["operationId"]), where


def test_everything_is_described(document):
    assert document["info"]["description"] and document["servers"]
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for where, operation in operations(document):
        assert operation["summary"] and operation["description"], where
        assert operation["tags"] and all(tags[tag] for tag in operation["tags"]), where
        for parameter in operation.get("parameters", []):
            assert resolved(document, parameter)["description"], (where, parameter)
    lacking = [where for where, schema in properties(document) if not resolved(document, schema).get("description")
               and not schema.get("description")]
    assert lacking == []


def test_every_answer_has_a_type(document):
    for where, operation in operations(document):
        good = [response for status, response in operation["responses"].items() if status.startswith("2")]
        assert good, where
        for response in good:
            for kind, content in resolved(document, response).get("content", {}).items():
                assert content.get("schema"), (where, kind)


DOCUMENTS = {"/openapi.json", "/asyncapi.json"}


def test_every_answer_in_json_names_its_members(document):
    for where, operation in operations(document):
        for status, response in operation["responses"].items():
            content = resolved(document, response).get("content", {}).get("application/json")
            if content is not None and status.startswith("2") and not DOCUMENTS & set(where.split()):
                assert resolved(document, content["schema"]).get("properties"), where


def test_an_operation_says_its_state(document):
    asked = document["paths"].get("/v1/operations/{operation_id}")
    if asked is None:
        pytest.skip("it answers no commands of db-svc's")
    schema = asked["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["properties"]["state"]["enum"] == ["done", "unknown"]
    assert schema["properties"]["status"]["type"] == "integer"
    assert schema["required"] == ["operation_id", "state"]


def test_local_routes_say_what_they_take_and_answer(documents):
    attendees, tickets, notify = (documents[name] for name in ("attendees-svc", "tickets-svc", "notify-svc"))
    upload = attendees["paths"]["/v1/events/{event_id}/attendees/import"]["post"]
    assert "text/csv" in upload["requestBody"]["content"]
    assert {"202", "400", "401", "403", "404", "415", "422", "429"} <= set(upload["responses"])
    assert "Location" in upload["responses"]["202"]["headers"]
    assert [one["name"] for one in upload["parameters"] if one.get("in") == "query"] == [
        "dry_run", "charset", "columns", "lenient"]
    qr = tickets["paths"]["/v1/events/{event_id}/orders/{order_id}/tickets/{n}/qr.png"]["get"]
    assert "image/png" in qr["responses"]["200"]["content"] and "404" in qr["responses"]
    report = notify["paths"]["/v1/callbacks/sms"]["post"]
    assert {"204", "400", "403", "404", "415"} <= set(report["responses"])
    assert {"application/json", "application/x-www-form-urlencoded"} == set(report["requestBody"]["content"])
    assert {one["name"] for one in report["parameters"]} >= {"delivery_id", "signature", "secret"}


def test_what_an_answer_always_has_is_required(documents):
    schemas = documents["tickets-svc"]["components"]["schemas"]
    order = schemas["order"]
    assert {"id", "version", "created_at", "updated_at", "event_id", "items", "status", "total", "paid",
            "refunded", "refund_due"} <= set(order["required"])
    assert order["properties"]["total"]["$ref"] == "#/components/schemas/money"
    assert {"amount", "currency"} == set(schemas["money"]["required"])
    assert order["properties"]["tickets"]["items"]["$ref"] == "#/components/schemas/ticket"
    assert {"code", "ticket_type_id", "status"} <= set(schemas["ticket"]["required"])
    assert schemas["order_input"]["required"] == ["items", "buyer"]


def test_answers_may_grow_and_requests_may_not(document):
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") == "object":
            closed = schema.get("additionalProperties") is False
            assert closed == name.endswith(("_input", "_patch")), name


def test_no_component_is_left_over(document):
    used = {node["$ref"] for _, node in objects(document) if isinstance(node.get("$ref"), str)}
    used |= {target for _, node in objects(document) if "propertyName" in node for target in node["mapping"].values()}
    left = [name for kind in ("schemas", "responses", "parameters", "headers")
            for name in document["components"][kind] if f"#/components/{kind}/{name}" not in used]
    assert left == []


def test_the_documents_are_of_one_release(documents):
    assert len({document["info"]["version"] for document in documents.values()}) == 1


def test_each_refusal_is_a_schema_of_its_own(document):
    components = document["components"]
    for name, schema in components["schemas"].items():
        if name.startswith("problem_") and name != "problem_error":
            assert schema["properties"]["code"]["const"] == name.removeprefix("problem_")
            answer = components["responses"][f"problem_{schema['properties']['status']['const']}"]
            listed = answer["content"]["application/problem+json"]["schema"]["oneOf"]
            assert {"$ref": f"#/components/schemas/{name}"} in listed
    assert "required" in components["schemas"]["problem_error"]["properties"]["code"]["enum"]


def test_every_operation_names_the_refusals_it_has(document):
    for where, operation in operations(document):
        problems = {status for status in operation["responses"] if status >= "400"}
        assert {"400", "414", "500", "503"} <= problems, where
        assert ({"401", "403"} <= problems) == bool(operation["security"]) or "/webhooks/" in where \
            or "/callbacks/" in where, where


def test_a_refusal_says_what_it_refuses(documents):
    document = documents["tickets-svc"]
    schemas = document["components"]["schemas"]
    sold_out = schemas["problem_sold_out"]
    assert sold_out["properties"]["code"]["const"] == "sold_out"
    assert sold_out["properties"]["status"]["const"] == 409
    assert {"code", "status", "available", "ticket_type_id"} <= set(sold_out["required"])
    conflict = document["components"]["responses"]["problem_409"]["content"]["application/problem+json"]["schema"]
    assert {"$ref": "#/components/schemas/problem_sold_out"} in conflict["oneOf"]


@pytest.mark.parametrize("service,name,bodies", [
    ("db-svc", "notification_input", [
        ({"all": True}, True), ({"status": "confirmed"}, True), ({}, False),
        ({"all": True, "status": "confirmed"}, False), ({"all": True, "status": None}, True)]),
])
def test_an_audience_is_exactly_one_of_its_kinds(documents, service, name, bodies):
    valid = validator(documents[service], name)
    said = valid(*({"channel": "email", "subject": "s", "message": "m", "audience": one} for one, _ in bodies))
    assert said == [right for _, right in bodies]


@pytest.mark.parametrize("name,bodies", [
    ("checkout_input", [
        ({}, True), ({"provider": "stripe", "embedded": True}, True), ({"provider": None}, True),
        ({"provider": "none"}, False), ({"amount": {"amount": 2500, "currency": "EUR"}}, True),
        ({"amount": {"amount": 0, "currency": "EUR"}}, False), ({"amount": {"amount": 2500}}, False),
        ({"success_url": "https://shop.example/thanks"}, True), ({"success_url": "a\u0007b"}, False), ({"more": 1}, False)]),
    ("refund_input", [
        ({"reason": "ill"}, True), ({"tickets": ["A", "B"]}, True), ({"tickets": []}, False),
        ({"tickets": ["A"], "amount": {"amount": 1, "currency": "EUR"}}, False),
        ({"tickets": ["A"], "amount": None}, True), ({"reason": " "}, False)]),
])
def test_the_schema_of_payments_refuses_what_the_code_refuses(documents, name, bodies):
    said = validator(documents["payments-svc"], name)(*(body for body, _ in bodies))
    assert said == [right for _, right in bodies]


def test_what_a_payment_always_has_is_required(documents):
    document = documents["payments-svc"]
    schemas = document["components"]["schemas"]
    assert {"payment_id", "order_id", "provider", "status", "amount", "created_at"} <= set(schemas["payment"]["required"])
    assert {"id", "order_id", "status", "amount", "by_hand", "created_at"} <= set(schemas["refund"]["required"])
    assert schemas["refund"]["properties"]["amount"]["$ref"] == "#/components/schemas/money"
    begun = document["paths"]["/v1/events/{event_id}/orders/{order_id}/checkout"]["post"]["responses"]
    assert {"200", "201", "404", "409", "422", "503", "504"} <= set(begun)
    assert "Location" in begun["201"]["headers"]


def test_the_schema_refuses_what_the_code_refuses(documents):
    order = {"items": [{"ticket_type_id": ID.replace("event", "tkttype"), "quantity": 1}],
             "buyer": {"name": "Ada", "email": "ada@example.org"}}
    valid = validator(documents["tickets-svc"], "order_input")
    assert valid(order, {**order, "hold_seconds": 600}, {**order, "hold_seconds": 0},
                 {**order, "metadata": {"a": "b"}}, {**order, "metadata": {"a": "b\u0007"}},
                 {**order, "metadata": {"": "b"}}, {**order, "hold_seconds": None}) == [
                     True, True, False, True, False, True, True]
    cursors = [one["schema"] for _, operation in operations(documents["tickets-svc"])
               for one in operation["parameters"] if one.get("name") == "cursor"]
    assert cursors and all(one["minLength"] == 1 for one in cursors)


# Examples

LACKING = {"document"}  # one document within another


def validated(document, pairs):
    """The pairs of schema and instance, both within the document, that do not go together."""
    script = ("import json, sys; from jsonschema import Draft202012Validator as V;"
              "document, pairs = json.load(sys.stdin);"
              "print(json.dumps([next((e.message for e in V({**schema, 'components': document['components']})"
              ".iter_errors(instance)), None) for schema, instance in pairs]))")
    done = subprocess.run([sys.executable, "-c", script], input=json.dumps([document, pairs]), text=True,
                          capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(PARTS / "contracts")})
    assert done.returncode == 0, done.stderr
    return [(pair, said) for pair, said in zip(pairs, json.loads(done.stdout)) if said]


def examples(document):
    for name, schema in document["components"]["schemas"].items():
        yield from (({"$ref": f"#/components/schemas/{name}"}, example) for example in schema.get("examples", []))
    for _, node in objects(document["components"].get("responses", {})):
        if "schema" in node and "examples" in node:
            yield from ((node["schema"], example["value"]) for example in node["examples"].values())


def test_every_example_is_valid(document):
    pairs = list(examples(document))
    assert len(pairs) > 20
    assert validated(document, pairs) == []


def has_example(document, schema):
    schema = resolved(document, schema)
    if "items" in schema.get("properties", {}) and "next" in schema["properties"]:
        schema = resolved(document, schema["properties"]["items"]["items"])
    return "examples" in schema


def test_every_request_and_answer_has_an_example(document):
    lacking = set()
    for _, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *(resolved(document, response) for status, response
                                                      in operation["responses"].items() if status.startswith("2"))]
        for body in bodies:
            for kind, content in body.get("content", {}).items():
                if kind == "application/json" and "$ref" in content["schema"] \
                        and not has_example(document, content["schema"]):
                    lacking.add(content["schema"]["$ref"].rpartition("/")[2].removesuffix("_page"))
    assert lacking <= LACKING, lacking - LACKING


def test_every_problem_has_an_example(document):
    lacking = [name for name, schema in document["components"]["schemas"].items() if name.startswith("problem_")
               and name != "problem_error" and "examples" not in schema
               and "examples" not in document["components"]["responses"][
                   f"problem_{schema['properties']['status']['const']}"]["content"]["application/problem+json"]]
    assert lacking == []


def test_every_command_and_fact_has_an_example(kafka):
    pairs, lacking = list(examples(kafka)), []
    for name, message in kafka["components"]["messages"].items():
        shown = [example["payload"] for example in message.get("examples", [])]
        pairs += [(message["payload"], one) for one in shown]
        if not shown and not has_example(kafka, message["payload"]) and not name.endswith(".reply"):
            lacking.append(name)
    assert validated(kafka, pairs) == []
    assert set(lacking) <= {"dead_letter"}, lacking


def test_the_examples_are_those_of_the_recorded_run(built, tmp_path):
    recorded = built / "tests/db-svc/recorded/check_recorded_run"
    if not recorded.exists():
        pytest.skip("the recorded run is not built")
    run = tmp_path / "run"
    subprocess.run([recorded], env={**os.environ, "RECORDED_RUN": str(run)}, check=True, capture_output=True)
    made = subprocess.run([ROOT / "tests/db-svc/recorded/examples"], stdin=run.open(), capture_output=True, text=True,
                          check=True).stdout
    assert made == (ROOT / "libshared/service/examples.def").read_text(), "run `make examples`"
