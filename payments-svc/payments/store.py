"""The database: payments, refunds, plans of refunds, receipts. All of pymongo is here.

Money is `{amount, currency}` in minor units; times are milliseconds. A payment's `_id` is its place,
`<order>/<provider>/<n>`, so that two requests for one hold make one payment; `id` is what others see. A plan's is
`<order>/<n>`, so that each is made knowing all before it, whichever instance makes it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import ASCENDING, MongoClient, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.write_concern import WriteConcern

from .bus import UnavailableError
from .settings import Settings

Document = dict[str, Any]

OPEN = ("creating", "open")
UNDER_WAY = ("waiting", "queued", "submitted")
RECEIPT_MS = 8 * 24 * 3600 * 1000


# What is to be changed of which payment.
PaymentChange = tuple[Document, Document]


def payment_members(payment_id: str, members: Document) -> PaymentChange:
    return {"id": payment_id}, {"$set": members}


def payment_entry(payment_id: str, member: str, entry: Document) -> PaymentChange:
    """Adds an entry to a list of a payment, once for each id of an entry."""
    return {"id": payment_id, f"{member}.id": {"$ne": entry["id"]}}, {"$push": {member: entry}}


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        raise UnavailableError(f"the database: {type(error).__name__}") from None


class Store:
    """Any thread. Whatever cannot be had now raises UnavailableError."""

    def __init__(self, settings: Settings) -> None:
        self._client: MongoClient[Document] = MongoClient(
            settings.mongo_uri, serverSelectionTimeoutMS=2000, connectTimeoutMS=2000, socketTimeoutMS=5000,
            connect=False)
        database = self._client.get_database(
            settings.payments_db, write_concern=WriteConcern("majority", j=True))
        self._payments = database["payments"]
        self._refunds = database["refunds"]
        self._plans = database["plans"]
        self._receipts = database["receipts"]
        self._indexed = False

    def close(self) -> None:
        self._client.close()

    def ping(self) -> None:
        """Makes the indexes the first time."""
        with _reached():
            self._client.admin.command("ping")
            if not self._indexed:
                self._make_indexes()
                self._indexed = True

    def _make_indexes(self) -> None:
        self._payments.create_index([("id", ASCENDING)], unique=True)
        self._payments.create_index([("order_id", ASCENDING)])
        self._payments.create_index([("event_id", ASCENDING)])
        self._payments.create_index([("reference", ASCENDING)])
        self._payments.create_index([("provider_payment", ASCENDING)])
        self._payments.create_index([("end_at", ASCENDING)])
        self._refunds.create_index([("id", ASCENDING)], unique=True)
        self._refunds.create_index([("order_id", ASCENDING)])
        self._refunds.create_index([("event_id", ASCENDING)])
        self._refunds.create_index([("status", ASCENDING), ("id", ASCENDING)])
        self._refunds.create_index([("status", ASCENDING), ("next_at", ASCENDING)])
        self._plans.create_index([("key", ASCENDING)])
        self._plans.create_index([("order_id", ASCENDING)])
        self._plans.create_index([("refunds.order_id", ASCENDING)])
        self._receipts.create_index([("order_id", ASCENDING)])
        self._receipts.create_index([("expires", ASCENDING)], expireAfterSeconds=0)

    # Payments

    def payments_of(self, order_id: str) -> list[Document]:
        with _reached():
            return list(self._payments.find({"order_id": order_id}).sort("created_at", ASCENDING))

    def payments_of_event(self, event_id: str) -> list[Document]:
        with _reached():
            return list(self._payments.find({"event_id": event_id}))

    def payment(self, payment_id: str) -> Document | None:
        return self._payment({"id": payment_id})

    def payment_by_reference(self, reference: str) -> Document | None:
        return self._payment({"reference": reference})

    def payment_by_provider(self, provider_payment: str) -> Document | None:
        return self._payment({"provider_payment": provider_payment})

    def _payment(self, query: Document) -> Document | None:
        with _reached():
            return self._payments.find_one(query)

    def begin_payment(self, payment: Document) -> tuple[Document, bool]:
        """The payment at this place, and whether it is this one: another request may have begun one."""
        with _reached():
            try:
                self._payments.insert_one(payment)
                return payment, True
            except DuplicateKeyError:
                found = self._payments.find_one({"_id": payment["_id"]})
        if found is None:
            raise UnavailableError("the payment has gone")
        return found, False

    def set_payment(self, payment_id: str, members: Document, among: tuple[str, ...] = ()) -> Document | None:
        """The payment afterwards; None: there is none, or not in one of these states."""
        query: Document = {"id": payment_id, **({"status": {"$in": list(among)}} if among else {})}
        with _reached():
            return self._payments.find_one_and_update(query, {"$set": members}, return_document=ReturnDocument.AFTER)

    def receive_transfer(self, reference: str, received: Document) -> Document | None:
        """What is said first stays."""
        with _reached():
            self._payments.update_one({"reference": reference, "received": None}, {"$set": {"received": received}})
            return self._payments.find_one({"reference": reference})

    def change_payments(self, changes: "list[PaymentChange]") -> None:
        """In this order; what is not there is passed over."""
        if changes:
            with _reached():
                self._payments.bulk_write([UpdateOne(*change) for change in changes])

    def end_payments(self, order_id: str, now: int) -> None:
        """Has the worker end what is open of an order at the providers."""
        with _reached():
            self._payments.update_many({"order_id": order_id, "status": {"$in": list(OPEN)}, "end_at": None},
                                       {"$set": {"end_at": now}})

    def claim_ending(self, now: int, again: int) -> Document | None:
        with _reached():
            return self._payments.find_one_and_update(
                {"end_at": {"$gt": 0, "$lte": now}}, {"$set": {"end_at": again}}, sort=[("end_at", ASCENDING)],
                return_document=ReturnDocument.AFTER)

    # Refunds

    def plan(self, key: str, order_id: str, place: int, refunds: list[Document]) -> list[Document] | None:
        """Keeps what is to be refunded for one request, all or nothing. None: another has this place in the order."""
        with _reached():
            try:
                self._plans.insert_one({"_id": f"{order_id}/{place}", "key": key, "order_id": order_id,
                                        "refunds": refunds})
            except DuplicateKeyError:
                return None
            self._keep(refunds)
            return refunds

    def _keep(self, refunds: list[Document]) -> None:
        for refund in refunds:
            self._refunds.update_one({"_id": refund["_id"]}, {"$setOnInsert": refund}, upsert=True)

    def planned(self, key: str) -> list[Document] | None:
        """What was planned for a request; an older release kept it under the request's key."""
        with _reached():
            found = self._plans.find_one({"$or": [{"key": key}, {"_id": key}]})
            if found is None:
                return None
            self._keep(found["refunds"])
            return list(found["refunds"])

    def planned_of(self, order_id: str) -> tuple[int, list[Document]]:
        """The place of the next plan of an order, and its refunds: all that was planned before is among them."""
        with _reached():
            plans = list(self._plans.find({"order_id": order_id}))
            known = self.refunds_of(order_id)
            ids = {refund["_id"] for refund in known}
            missing = [refund for plan in plans for refund in plan["refunds"] if refund["_id"] not in ids]
            self._keep(missing)
            return len(plans), known + missing

    def refund(self, refund_id: str) -> Document | None:
        with _reached():
            return self._refunds.find_one({"id": refund_id})

    def refunds_of(self, order_id: str) -> list[Document]:
        with _reached():
            return list(self._refunds.find({"order_id": order_id}).sort("id", ASCENDING))

    def refunds_of_event(self, event_id: str) -> list[Document]:
        with _reached():
            return list(self._refunds.find({"event_id": event_id}))

    def list_refunds(self, query: Document, after: str | None, limit: int) -> list[Document]:
        if after:
            query = {**query, "id": {"$gt": after}}
        with _reached():
            return list(self._refunds.find(query).sort("id", ASCENDING).limit(limit))

    def set_refund(self, refund_id: str, members: Document, among: tuple[str, ...] = ()) -> Document | None:
        query: Document = {"id": refund_id, **({"status": {"$in": list(among)}} if among else {})}
        with _reached():
            return self._refunds.find_one_and_update(query, {"$set": members}, return_document=ReturnDocument.AFTER)

    def add_refund(self, refund: Document) -> None:
        """One that was made at the provider by others; known, it stays."""
        with _reached():
            self._refunds.update_one({"_id": refund["_id"]}, {"$setOnInsert": refund}, upsert=True)

    def claim_refund(self, now: int, again: int) -> Document | None:
        with _reached():
            return self._refunds.find_one_and_update(
                {"status": "queued", "next_at": {"$lte": now}}, {"$set": {"next_at": again}, "$inc": {"attempts": 1}},
                sort=[("next_at", ASCENDING)], return_document=ReturnDocument.AFTER)

    # A person who is erased

    def erase(self, order_id: str) -> None:
        """What people have typed, and links to where they paid."""
        with _reached():
            # Plans first: a refund is made of its plan where it is missing.
            self._plans.update_many({"refunds.order_id": order_id}, {"$set": {"refunds.$[].reason": None}})
            self._refunds.update_many({"order_id": order_id}, {"$set": {"reason": None}})
            self._refunds.update_many({"order_id": order_id, "status": "rejected"}, {"$set": {"failure": None}})
            self._payments.update_many({"order_id": order_id}, {"$set": {
                "url": None, "client_secret": None, "success_url": None, "cancel_url": None}})
            self._receipts.delete_many({"order_id": order_id})

    # Receipts

    def receipt(self, id_: str) -> Document | None:
        with _reached():
            return self._receipts.find_one({"_id": id_})

    def keep_receipt(self, receipt: Document) -> Document:
        """The one that counts: the first."""
        with _reached():
            try:
                self._receipts.insert_one(receipt)
                return receipt
            except DuplicateKeyError:
                return self._receipts.find_one({"_id": receipt["_id"]}) or receipt
