"""Traces: what a traceparent says, which are sampled, and a queue that has an end."""

import json
import logging

import pytest

from payments.log import Log
from payments.server_log import JsonFormatter
from payments.tracing import CLIENT, PRODUCER, QUEUE, Tracer, current, read, working_for

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def idle():
    """Each test begins with no work in hand."""
    with working_for(None):
        yield


def tracer(sampler="parentbased_traceidratio", ratio=0.0, endpoint=NOWHERE):
    counts = {}
    made = Tracer(endpoint, sampler, ratio, None, lambda kind, n: counts.update({kind: counts.get(kind, 0) + n}),
                  lambda _: None)
    return made, counts


@pytest.mark.parametrize(("text", "good"), [
    (f"00-{TRACE}-{PARENT}-01", True), (f"cc-{TRACE}-{PARENT}-01-more", True), (f"00-{TRACE}-{PARENT}-01-more", False),
    (f"ff-{TRACE}-{PARENT}-01", False), (f"00-{'0' * 32}-{PARENT}-01", False),
    (f"00-{TRACE.upper()}-{PARENT}-01", False),
    ("", False), (None, False)])
def test_a_traceparent_is_read_or_is_none(text, good):
    assert (read(text) is not None) == good


@pytest.mark.parametrize(("sampler", "ratio", "flags", "sampled"), [
    ("parentbased_traceidratio", 0.0, "01", True), ("parentbased_traceidratio", 1.0, "00", False),
    ("traceidratio", 1.0, "00", True), ("always_on", 0.0, "00", True), ("always_off", 1.0, "01", False),
    ("parentbased_always_off", 1.0, "01", True)])
def test_a_sampler_decides_as_its_name_says(sampler, ratio, flags, sampled):
    made, _ = tracer(sampler, ratio)
    span = made.begin(f"00-{TRACE}-{PARENT}-{flags}", 1)
    assert (span.trace_id, span.parent_id, span.sampled) == (TRACE, PARENT, sampled)
    assert current.get() == span.traceparent
    made.close()


def test_what_does_not_fit_is_dropped_and_counted():
    made, counts = tracer("always_on")
    made._stop.set()
    made._thread.join()
    for _ in range(QUEUE + 3):
        made.end(made.begin(None, 1), 2)
    assert counts["dropped"] == 3


def test_without_a_collector_a_trace_is_passed_on_as_it_came():
    made, _ = tracer(endpoint=None)
    assert made.begin(f"00-{TRACE}-{PARENT}-01", 1) is None
    assert current.get() == f"00-{TRACE}-{PARENT}-01"
    assert made.begin("nonsense", 1) is None and current.get() is None


def test_a_part_is_below_what_it_is_a_part_of():
    made, _ = tracer("parentbased_always_on")
    whole = made.begin(f"00-{TRACE}-{PARENT}-01", 1)
    with made.part("send payment.succeeded", PRODUCER, {"messaging.system": "kafka"}):
        passed_on = read(current.get())
    assert current.get() == whole.traceparent
    [part] = made._waiting
    assert passed_on == (TRACE, part.span_id, 1) and part.parent_id == whole.span_id and part.kind == PRODUCER
    assert part.end_ns >= part.start_ns and not part.failed
    made.close()


def test_a_part_that_fails_says_so_and_lets_the_failure_through():
    made, _ = tracer("always_on")
    with pytest.raises(OSError, match="away"), made.part("stripe refunds.create", CLIENT, {}):
        raise OSError("away")
    [part] = made._waiting
    assert part.failed and part.parent_id is None and current.get() is None
    made.close()


def test_work_is_of_its_trace_and_then_of_none():
    with working_for(f"00-{TRACE}-{PARENT}-00"):
        with working_for("nonsense"):
            assert current.get() is None
        assert current.get() == f"00-{TRACE}-{PARENT}-00"
    assert current.get() is None


def test_lines_of_the_log_carry_the_trace_of_their_work(capsys):
    log = Log("debug")
    with working_for(f"00-{TRACE}-{PARENT}-00"):
        log.debug("payment.told", type="payment.succeeded")
        library = logging.LogRecord("gunicorn.error", logging.ERROR, "", 1, "what it says", None, None)
        assert json.loads(JsonFormatter().format(library))["trace_id"] == TRACE
    log.info("service.started")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["event"], first["level"], first["trace_id"]) == ("payment.told", "debug", TRACE)
    assert "trace_id" not in second
