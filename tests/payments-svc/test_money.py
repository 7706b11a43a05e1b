"""Amounts of ISO 4217 as the card provider counts them, to the last digit."""

import pytest

from payments.money import Money, UnsupportedAmountError, from_provider, to_provider


@pytest.mark.parametrize(("ours", "currency", "theirs"), [
    (2550, "EUR", 2550), (500, "JPY", 500), (12340, "KWD", 12340), (5, "ISK", 500), (7000, "UGX", 700000),
    (300, "MGA", 3), (100, "HUF", 100)])
def test_amounts_go_by_the_providers_own_table_and_back(ours, currency, theirs):
    assert to_provider(Money(ours, currency)) == theirs
    assert from_provider(theirs, currency.lower()) == Money(ours, currency)


@pytest.mark.parametrize(("amount", "currency"), [(12345, "KWD"), (301, "MGA"), (100, "IQD"), (1, "CLF")])
def test_amounts_that_the_provider_cannot_take_are_refused(amount, currency):
    with pytest.raises(UnsupportedAmountError):
        to_provider(Money(amount, currency))
