"""Amounts: ours are minor units of ISO 4217; the card provider counts some currencies otherwise."""

from dataclasses import dataclass
from typing import Any

# ISO 4217 minor units where there are not two.
_ISO_EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
         "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    "CLF": 4,
    "UYW": 4,
}

# The provider's own table (docs.stripe.com/currencies): digits of its amounts where there are not two.
# ISK and UGX have no minor unit, but are written with two digits, which must be 00.
_PROVIDER_EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF",
         "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
_UNSUPPORTED = ("CLF", "IQD", "LYD", "UYI", "UYW")


class UnsupportedAmountError(Exception):
    """The provider cannot take this amount or currency."""


@dataclass(frozen=True)
class Money:
    amount: int
    currency: str

    @classmethod
    def of(cls, document: Any) -> "Money":
        return cls(document["amount"], document["currency"])

    def document(self) -> dict[str, Any]:
        return {"amount": self.amount, "currency": self.currency}

    def with_amount(self, amount: int) -> "Money":
        return Money(amount, self.currency)


def to_provider(money: Money) -> int:
    """The amount as the provider counts it."""
    if money.currency in _UNSUPPORTED:
        raise UnsupportedAmountError(f"{money.currency} is not taken")
    ours = _ISO_EXPONENTS.get(money.currency, 2)
    theirs = _PROVIDER_EXPONENTS.get(money.currency, 2)
    amount, rest = divmod(money.amount * _power(theirs), _power(ours))
    if rest:
        raise UnsupportedAmountError(f"amounts of {money.currency} must be whole")
    if theirs == 3 and amount % 10:
        raise UnsupportedAmountError(f"the last digit of amounts of {money.currency} must be 0")
    return amount


def _power(digits: int) -> int:
    return int(10 ** digits)


def from_provider(amount: int, currency: str) -> Money:
    """What the provider counted, in ISO 4217 minor units; a fraction of one is dropped."""
    code = currency.upper()
    ours, theirs = _ISO_EXPONENTS.get(code, 2), _PROVIDER_EXPONENTS.get(code, 2)
    return Money(amount * _power(ours) // _power(theirs), code)
