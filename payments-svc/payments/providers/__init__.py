"""Who takes the money. A provider knows nothing of Kafka, and no order but by its ids."""

from dataclasses import dataclass
from typing import Any, Protocol

from ..money import Money
from ..store import Document

__all__ = ["AskAgainError", "Begun", "Provider", "RefundState", "RefusedError"]


class AskAgainError(Exception):
    """The provider is away, slow or busy: the same call again, later."""

    def __init__(self, reason: str, slowly: bool = False) -> None:
        super().__init__(reason)
        self.slowly = slowly  # it needs a person, such as for a key that is wrong


class RefusedError(Exception):
    """The provider will never do this; str() is its code."""


@dataclass(frozen=True)
class Begun:
    """What a buyer needs to pay, as members of the payment."""

    members: dict[str, Any]


@dataclass(frozen=True)
class RefundState:
    """Of a refund at the provider: succeeded, pending or failed."""

    status: str
    provider_refund: str
    reason: str | None = None


class Provider(Protocol):
    name: str
    refunds: bool  # it can give money back; else a person does

    def check(self, total: Money) -> None:
        """Raises UnsupportedAmountError."""

    def window(self, now: int, hold_ends: int) -> tuple[int, int]:
        """Until when a payment that begins now can be paid, and until when the hold should last."""

    def begin(self, payment: Document) -> Begun:
        """Does the same once, however often it is called within a day for the same payment."""

    def find(self, payment: Document) -> Begun | None:
        """What begin() made before, found without its answer."""

    def end(self, payment: Document) -> bool:
        """Nobody can pay it any more. False: it has been paid."""

    def refund(self, payment: Document, refund: Document, seen: bool) -> RefundState:
        """Gives money back, once for a refund's id. `seen`: an earlier call may have been long ago."""
