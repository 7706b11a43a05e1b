"""What make bench makes of its figures: no stack, no speed."""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))  # last: its names are as plain as those of tests

import needs
import pictures
import reads
import scale
from page import page
from payments.partitioner import partition_of
from report import below, markdown, table, targets, text
from stack import Failure
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


FLOORS = ("database", "database, small records", "HTTP", "Kafka")
FIGURES = {
    "machine": "2 cores", "day": "2026-05-01", "seconds": 5,
    "sales": {"load_average": 0.4, "points": [
        {"connections": at, "purchases": {"per_second": 90.0 * at, "p50_ms": 1 + at / 9, "p99_ms": 9 + at / 5},
         "floors": {name: {"per_second": 1e4 * at, "p50_ms": 0.02 * at} for name in FLOORS},
         "cpu_us_a_sale": {"broker": 64.0, "db-svc": 61.0, "tickets-svc": 36.0, "database": 177.0, "load": 4.0}}
        for at in (1, 64, 256)]},
    "scale": {"load_average": 0.4, "points": [
        {"db_svc": db, "tickets_svc": tickets, "events": events, "purchases": {"per_second": 4000.0}}
        for db, tickets in scale.LAYOUTS for events in scale.EVENTS]}}


def test_the_page_says_on_what_and_how_and_shows_all():
    shown = {"sales": [table([("purchases a second", ["86"])]), "sold adds up"], "scale": ["no collapse"]}
    written = page(FIGURES, shown, [(Path("var/bench-cpu.svg"), "CPU a sale")], {"BENCH_SECONDS": "5", "BENCH": "sales,scale"})
    for words in ("2 cores", "5 s a figure", "2026-05-01", "\nBENCH=sales,scale BENCH_SECONDS=5 make bench\n",
                  "![CPU a sale](bench-cpu.svg)", "## sales", "| purchases a second | 86 |", "## scale", "no collapse"):
        assert words in written


def test_what_is_missing_is_named_with_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(needs, "KAFKA_JARS", tmp_path)
    monkeypatch.setattr(needs, "PROGRAMS", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("MONGO_URI", raising=False)
    lacking = "\n".join(needs.missing(tmp_path))
    for words in ("db-svc", "floor_small", "`make bench`", "Kafka", "a database", "`make parts`", "java"):
        assert words in lacking
    monkeypatch.setenv("MONGO_URI", "mongodb://localhost")
    assert "a database" not in "\n".join(needs.missing(tmp_path))


def test_pictures_that_cannot_be_had_are_a_failure_that_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "FOLDER", tmp_path / "bench")
    monkeypatch.setattr(pictures, "STAMP", tmp_path / "bench.stamp")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, "", "no network"))
    with pytest.raises(Failure, match="no network"):
        pictures.draw(FIGURES, tmp_path / "figures")


@pytest.fixture
def library(monkeypatch):
    if not pictures.STAMP.exists():
        pytest.skip("nothing to draw with: make bench brings it")
    monkeypatch.setattr(sys, "path", list(sys.path))
    return pictures.library()


def test_pictures_are_of_what_was_measured_and_the_same_each_time(library, tmp_path):
    stem = tmp_path / "figures"
    drawn = {file.name: file.read_text() for file, _ in pictures.draw(FIGURES, stem)}
    assert sorted(drawn) == [f"figures-{name}.svg" for name in ("cpu", "latencies", "rates", "scale")]
    for picture in drawn.values():
        words = {element.text for element in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")}
        assert words & {"purchases", "purchases, p50", "tickets-svc", "10 events"}
        assert len(picture) < 40_000
    assert {file.name: file.read_text() for file, _ in pictures.draw(FIGURES, stem)} == drawn
    assert [file.name for file, _ in pictures.draw({"scale": FIGURES["scale"]}, stem)] == ["figures-scale.svg"]
    assert [file.name for file in tmp_path.glob("*.svg")] == ["figures-scale.svg"]
