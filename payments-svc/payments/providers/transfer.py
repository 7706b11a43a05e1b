"""Bank transfers: the buyer is told an account and a reference, and a person says when the money has come."""

import secrets

from ..money import Money
from ..settings import Settings
from ..store import Document
from . import Begun, RefundState, RefusedError

DIGITS = "0123456789"  # letters would let one in a hundred mistakes pass
LENGTH = 10


def new_reference() -> str:
    """A creditor reference by ISO 11649, which banks check: RF, two check digits, ten more."""
    body = "".join(secrets.choice(DIGITS) for _ in range(LENGTH))
    return f"RF{98 - _remainder(body + 'RF00'):02d}{body}"


def read_reference(text: str) -> str | None:
    """As people type it: in any case, with blanks. None: it is none, or a digit is wrong."""
    reference = "".join(text.split()).upper()
    right = len(reference) == LENGTH + 4 and reference.isascii() and reference.isalnum() and \
        reference.startswith("RF") and _remainder(reference[4:] + reference[:4]) == 1
    return reference if right else None


def _remainder(text: str) -> int:
    return int("".join(str(int(letter, 36)) for letter in text)) % 97


class Transfer:
    name = "transfer"
    refunds = False

    def __init__(self, settings: Settings) -> None:
        self._account = settings.transfer_account
        self._hold_ms = settings.transfer_hold_seconds * 1000

    def check(self, total: Money) -> None:
        """Any amount can be transferred."""

    def window(self, now: int, hold_ends: int) -> tuple[int, int]:
        ends = max(hold_ends, now + self._hold_ms)
        return ends, ends

    def begin(self, payment: Document) -> Begun:
        return Begun({"account": self._account})

    def find(self, payment: Document) -> Begun | None:
        return self.begin(payment)

    def end(self, payment: Document) -> bool:
        return True

    def refund(self, payment: Document, refund: Document, seen: bool) -> RefundState:
        raise RefusedError("by_hand")
