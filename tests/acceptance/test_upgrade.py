"""A database that an earlier release has made: its receipts stay readable by that release until it is told otherwise."""

import pymongo
import pytest

from support import created, insist, on_sale, order_body, path, settled


@pytest.fixture
def receipts(stack):
    """The stored receipts, of a database that does not say in which form they are."""
    service = stack["db-svc"]
    with pymongo.MongoClient(stack["database"].uri) as client:
        database = client[stack.settings["MONGO_DB"]]
        service.stop()
        database["keys"].delete_one({"_id": "receipts"})
        service.start()
        try:
            yield database["receipts"]
        finally:
            service.variables["PACK_RECEIPTS"] = "1"
            service.restart()
            del service.variables["PACK_RECEIPTS"]


def what_is_kept(answer):
    return answer.status_code, answer.content, answer.headers["ETag"], answer.headers["Location"]


def test_receipts_are_packed_once_that_is_asked_for_and_all_are_answered_from(stack, db, tickets, receipts):
    event, kind = on_sale(db)
    service, forms, answers = stack["db-svc"], [], []
    for settings in ({}, {"PACK_RECEIPTS": "1"}, {}):
        service.variables.update(settings)
        service.restart()
        for name in settings:
            del service.variables[name]
        answer = insist(tickets, path(event, "orders"), order_body((kind, 1)))
        answers.append((answer.headers["Idempotency-Key"], what_is_kept(answer)))
        kept = receipts.find_one({"about": created(answer)["id"]})
        forms.append("body" if "body" in kept else "answer")
    assert forms == ["body", "answer", "answer"]
    for key, answer in answers:
        again = settled(tickets, path(event, "orders"), order_body((kind, 1)), key=key)
        assert what_is_kept(again) == answer
