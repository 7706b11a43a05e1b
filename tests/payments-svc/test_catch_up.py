"""Since when lost webhooks are caught up with."""

import pytest

from payments.catch_up import catch_up, since_ms
from payments.parts import Parts
from payments.settings import load

NOW = 1_800_000_000_000


@pytest.mark.parametrize(("text", "ago_ms"), [("90m", 5_400_000), ("2h", 7_200_000), ("3d", 259_200_000)])
def test_since_may_be_a_time_ago(text, ago_ms):
    assert since_ms(text, NOW) == NOW - ago_ms


def test_since_may_be_a_time_with_an_offset_that_has_passed():
    assert since_ms("2026-05-01T20:00:00+02:00", NOW) == 1_777_658_400_000
    for wrong in ("", "yesterday", "2026-05-01T20:00:00", "2099-01-01T00:00:00Z"):
        with pytest.raises(ValueError):
            since_ms(wrong, NOW)


def test_more_than_the_provider_keeps_is_said_and_nothing_is_done():
    code, line = catch_up(Parts(load({"STRIPE_API_KEY": "sk_test_x"})), "31d")
    assert code == 2 and "30 days" in line
