"""What make bench makes of its figures: no stack, no speed."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))  # last: its names are as plain as those of tests

import reads
import scale
from payments.partitioner import partition_of
from report import below, markdown, table, targets, text
from warm import warm


def test_a_table_is_text_and_markdown():
    blocks = [table([("purchases a second", ["86", "592"]), ("  p50 ms", ["8.8", "106"])], head=("", ["1", "64"]))]
    assert [line.split() for line in text(blocks).splitlines()] == [
        ["1", "64"], ["purchases", "a", "second", "86", "592"], ["p50", "ms", "8.8", "106"]]
    assert markdown(blocks).splitlines() == [
        "| | 1 | 64 |", "|---|--:|--:|", "| purchases a second | 86 | 592 |", "| &emsp;p50 ms | 8.8 | 106 |"]


def test_cells_of_a_table_do_not_touch():
    assert text([table([], head=("", ["1" * 20, "2" * 15]))]).split() == ["1" * 20, "2" * 15]


def test_a_table_without_a_head_has_an_empty_one_in_markdown():
    assert markdown([table([("rows a second", ["5,000"])])]).splitlines() == [
        "| | |", "|---|--:|", "| rows a second | 5,000 |"]


def test_a_target_that_is_missed_is_said():
    blocks = [targets([below("p50", 4, 5, "ms"), below("p99", 6, 5, "ms")])]
    missed = [[line for line in shown(blocks).splitlines() if "MISSED" in line] for shown in (text, markdown)]
    assert all(len(lines) == 1 and "p99" in lines[0] for lines in missed)


def test_sentences_stay_and_lines_keep_their_form_in_markdown():
    assert markdown(["It took 5 s.", "kafka ▁▂\nmongo ▁▃"]) == "It took 5 s.\n\n```\nkafka ▁▂\nmongo ▁▃\n```"


@pytest.mark.parametrize("costs, measured", [
    ([90, 80, 70, 69, 1], [90, 80, 70, 69]),
    ([90, 92], [90, 92]),
    ([90, 80, 70, 60, 50, 40, 30], [90, 80, 70, 60, 50]),
])
def test_it_is_warm_once_two_costs_in_turn_are_alike_or_the_time_is_over(costs, measured):
    costs = iter(costs)
    assert warm(lambda seconds: next(costs), most=10, slice_s=2) == measured


def test_a_slice_is_no_longer_than_the_whole_time():
    asked = []
    warm(lambda seconds: asked.append(seconds) or 1, most=0.5, slice_s=2)
    assert asked == [0.5]


class Sold:
    """A shop of an event that tells what it has sold."""

    def __init__(self, sold=0, event_id=""):
        self.sold, self.event_id = sold, event_id

    def shown(self):
        return self.sold


@pytest.mark.parametrize("each, adds_up", [([3, 4], True), ([3, 3], False), ([3, None], False)])
def test_sold_adds_up_over_all_events_or_not(monkeypatch, each, adds_up):
    monkeypatch.setattr("shop.PATIENCE_S", 0)
    market = scale.Market(Path("build"), [Sold(sold) for sold in each])
    market.bought = 7
    assert (market.sold() == market.bought) == adds_up


def test_events_are_spread_over_the_partitions():
    numbers = iter(range(100_000))
    shops = scale.spread(lambda: Sold(event_id=f"event_{next(numbers)}"), 10)
    homes = [partition_of(shop.event_id.encode(), scale.PARTITIONS) for shop in shops]
    assert sorted(homes) == [0, 0, 1, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("ok, tickets, all_in", [(5, 5, True), (4, 5, False), (5, 4, False)])
def test_every_ticket_bought_is_let_in_or_not(ok, tickets, all_in):
    point = {"check_ins": {"ok": ok}, "tickets": tickets, "purchases": {"ok": 5}}
    assert reads.all_let_in(point) == all_in


def test_fewer_purchases_with_more_processes_are_a_target_missed():
    points = [{"db_svc": n, "tickets_svc": 1, "events": events, "purchases": {"per_second": rate}}
              for events, rates in ((1, (1000, 900)), (10, (1000, 500))) for n, rate in enumerate(rates, 1)]
    missed = [name for name, *_, reached in scale.targets_of({"points": points}) if not reached]
    assert len(missed) == 1 and "10 events" in missed[0]
