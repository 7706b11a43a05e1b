"""Idempotency-Key: the first answer to a command, kept and given again byte for byte."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .problems import ProblemError
from .store import RECEIPT_MS, Document, Store

STRIPES = 64


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"
    location: str | None = None
    order_id: str | None = None  # whose erasure ends it


def check_key(key: str) -> str:
    if not 1 <= len(key) <= 255 or not all(" " <= letter <= "~" for letter in key):
        raise ProblemError("invalid_idempotency_key")
    return key


class Receipts:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._locks = [threading.Lock() for _ in range(STRIPES)]

    def once(self, caller: str, key: str, command: str, body: Any, serve: Callable[[str], Answer]) -> Answer:
        """`serve` is given an id that is the command's own. One that failed is served anew."""
        id_ = hashlib.sha256(f"/rest/{caller}\0{key}".encode()).hexdigest()
        fingerprint = hashlib.sha256(f"{command}\0{json.dumps(body, sort_keys=True)}".encode()).hexdigest()
        with self._locks[int(id_[:8], 16) % STRIPES]:
            known = self._store.receipt(id_)
            if known is None:
                answer = serve(id_)
                if answer.status >= 500:
                    return answer
                known = self._store.keep_receipt(_receipt(id_, fingerprint, answer))
        if known["fingerprint"] != fingerprint:
            raise ProblemError("idempotency_key_reused")
        return Answer(known["status"], known["body"], known["content_type"], known["location"])


def _receipt(id_: str, fingerprint: str, answer: Answer) -> Document:
    return {"_id": id_, "fingerprint": fingerprint, "order_id": answer.order_id, "status": answer.status,
            "body": answer.body, "content_type": answer.content_type, "location": answer.location,
            "expires": datetime.now(UTC) + timedelta(milliseconds=RECEIPT_MS)}
