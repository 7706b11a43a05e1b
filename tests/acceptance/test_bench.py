"""What make bench measures with, so that its figures can be believed."""

import http.server
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")


@contextmanager
def serving(statuses, close_after=None):
    """A server that answers with these statuses in turn, and closes a connection after a number."""
    statuses, seen, lock = itertools.cycle(statuses), [], threading.Lock()

    class Server(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        answered = 0

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                status = next(statuses)
                seen.append((status, self.path, body))
            self.answered += 1
            self.send_response(status)
            if self.answered == close_after:
                self.send_header("Connection", "close")
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b"x" * 5000)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, seen
        server.shutdown()


@pytest.fixture(scope="module")
def load():
    program = BUILD / "bench" / "load"
    if not program.exists():
        pytest.skip(f"not built: {program}")

    def run(port, connections, seconds=0.3, bodies=('{"a":1}',), path="/orders", lines=(), options=()):
        done = subprocess.run([program, *options, str(port), str(connections), str(seconds), "POST", path, *bodies],
                              input="".join(f"{line}\n" for line in lines).encode(), stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)
    return run


def test_only_a_2xx_counts(load):
    with serving([201, 409]) as (port, seen):
        figures = load(port, 3)
    assert figures["statuses"] == {"201": sum(s == 201 for s, *_ in seen), "409": sum(s == 409 for s, *_ in seen)}
    assert figures["ok"] == figures["statuses"]["201"] > 0
    assert figures["per_second"] == pytest.approx(figures["ok"] / figures["seconds"], rel=0.01)
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert {request[1:] for request in seen} == {("/orders", b'{"a":1}')}


def test_several_bodies_are_sent_in_turn(load):
    with serving([201]) as (port, seen):
        load(port, 1, bodies=("1", "2", "3"))
    assert [body for *_, body in seen] == [str(n % 3 + 1).encode() for n in range(len(seen))]


def test_requests_of_several_paths_come_line_by_line(load):
    with serving([201]) as (port, seen):
        load(port, 1, path="-", bodies=(), lines=['/a {"n": 1}', '/b {"n": 2}'])
    assert [request[1:] for request in seen[:3]] == [("/a", b'{"n": 1}'), ("/b", b'{"n": 2}'), ("/a", b'{"n": 1}')]


@pytest.mark.parametrize("connections", [1, 3, 64])
def test_requests_that_are_to_be_sent_once_are_and_then_it_is_over(load, connections):
    lines = [f"/gate {n}" for n in range(10)]
    with serving([201]) as (port, seen):
        figures = load(port, connections, seconds=60, path="-", bodies=(), lines=lines, options=["-o"])
    assert sorted(body for *_, body in seen) == [str(n).encode() for n in range(10)]
    assert (figures["ok"], figures["unanswered"], figures["broken"]) == (10, 0, 0)
    assert figures["seconds"] < 60


def test_connections_are_shared_out_to_several_servers(load):
    with serving([201]) as (first, of_first), serving([409]) as (second, of_second):
        figures = load(f"{first},{second}", 4)
    assert figures["statuses"] == {"201": len(of_first), "409": len(of_second)}
    assert min(figures["statuses"].values()) > 0


def test_every_request_that_was_sent_is_waited_for(load):
    with serving([201]) as (port, seen):
        figures = load(port, 8)
    assert figures["ok"] == len(seen)


def test_a_connection_that_was_closed_is_opened_again(load):
    with serving([201], close_after=2) as (port, seen):
        figures = load(port, 2)
    assert figures["ok"] == len(seen) > 4
    assert figures["broken"] == 0


def bench(built, tmp_path, **settings):
    done = subprocess.run(
        [sys.executable, ROOT / "bench", "--build", built, "--json", tmp_path / "bench.json"], check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'deploy' / 'local'}:{ROOT / 'payments-svc'}", **settings}, capture_output=True, text=True)
    return done, json.loads((tmp_path / "bench.json").read_text()) if done.returncode == 0 else None


def test_the_bench_prints_tables_and_keeps_its_figures(built, tmp_path):
    done, figures = bench(built, tmp_path, BENCH="", BENCH_SECONDS="0.5", BENCH_WARM_UP="1", BENCH_ORDERS="3000",
                          BENCH_EVENTS="300", BENCH_ROWS="3000", BENCH_PEOPLE="3000", BENCH_MAILS="1000", BENCH_WEBHOOKS="100")
    assert done.returncode == 0, done.stderr
    assert "BENCH=sales,import" in done.stdout.splitlines()[0]
    for words in ("purchases", "floor", "target", "CPU", "RSS", "ready", "orders of the event", "p50 beside sales", "rows a second", "grew by",
                  "e-mails a second"):
        assert words in done.stdout
    page = (tmp_path / "bench.md").read_text()
    assert "BENCH_ORDERS=3000" in page and all(f"## {name}" in page for name in ("sales", "scale", "reads", "events"))
    sales = figures["sales"]
    assert [point["connections"] for point in sales["points"]] == [1, 64, 256]
    for point in sales["points"]:
        assert set(point["purchases"]["statuses"]) == {"201"}
        assert set(point["shares"]) == {"database", "database, small records", "HTTP", "Kafka"}
        assert all(floor["per_second"] > 0 for floor in point["floors"].values())
        assert all(point["a_sale"][cost] > 0 for cost in ("database commands", "Kafka bytes", "Kafka batches"))
    assert sales["index_entries"]["orders"] > 1 and sales["index_entries"]["receipts"] > 0
    assert sales["record_bytes"]["receipts"] < 900
    assert sales["sold_adds_up"]
    assert [(point["db_svc"], point["tickets_svc"], point["events"]) for point in figures["scale"]["points"]] == [
        (*layout, events) for layout in ((1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 3)) for events in (1, 10)]
    for point in figures["scale"]["points"]:
        assert set(point["purchases"]["statuses"]) == {"201"}
        assert point["commands_a_batch"] > 0
    assert figures["scale"]["sold_adds_up"]
    for point in figures["reads"]["points"]:
        assert set(point["availability"]["statuses"]) == set(point["check_ins"]["statuses"]) == {"200"}
        assert set(point["sold_out"]["statuses"]) == {"409"}
        assert point["check_ins"]["ok"] == point["tickets"] == point["purchases"]["ok"] > 0
    assert all(side["refused"] == 0 for point in ("orders", "events") for side in figures[point]["many"].values())
    assert all(asked["asked"] > 0 for asked in figures["search"]["busy"].values())
    assert figures["search"]["busy"]["an e-mail address"]["found"] == 1
    assert (figures["import"]["status"], figures["import"]["imported"]) == ("done", 3000)
    assert figures["import"]["floor"]["rows"] == 3000
    assert figures["mail"]["counts"] == {"queued": 0, "sent": 1000, "failed": 0, "suppressed": 0}
    assert {figures["webhooks"][side]["refused"] for side in ("ours", "peer", "floor")} == {0}
    for each in figures["observed"]["rounds"]:
        assert {status for how in ("watched", "not watched") for status in each[how]["statuses"]} == {"201"}
    assert [export["lines"] for export in figures["export"]["exports"]] == [3001, 3000]
    assert {"kafka", "database", "db-svc", "attendees-svc"} <= set(figures["export"]["exports"][0]["rss_mib"])


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_the_peers_buy_the_same(built, tmp_path):
    done, figures = bench(built, tmp_path, BENCH="peers", BENCH_SECONDS="0.2", BENCH_WARM_UP="1")
    assert done.returncode == 0, done.stderr
    assert [(point["types"], point["connections"]) for point in figures["peers"]["points"]] == [
        (types, connections) for types in (1, 100) for connections in (1, 64, 256)]
    for point in figures["peers"]["points"]:
        for name in ("these services", "NestJS and Kafka"):
            assert set(point[name]["statuses"]) == {"201"}, name
        # Many transactions over one type repeat until they get through: on a slow machine none may, within the wait.
        assert set(point["NestJS, database alone"]["statuses"]) <= {"201"}
    assert set(figures["peers"]["points"][0]["NestJS, database alone"]["statuses"]) == {"201"}


def test_a_point_that_is_not_there_is_named(built, tmp_path):
    done, _ = bench(built, tmp_path, BENCH="sales,speed")
    assert done.returncode == 2
    assert "speed" in done.stderr and "import" in done.stderr


def test_a_program_that_is_not_built_is_named_with_how_to_get_it(tmp_path):
    done, _ = bench(tmp_path, tmp_path, BENCH="sales")
    assert done.returncode == 1
    assert "floor_small" in done.stderr and "make bench" in done.stderr


def test_a_part_that_is_not_there_is_named_before_anything_is_measured(built, tmp_path):
    done, _ = bench(built, tmp_path, BENCH="sales,peers", PARTS_DIR=str(tmp_path), MONGO_URI="")
    assert done.returncode == 1
    assert "Kafka" in done.stderr and "make parts" in done.stderr
    assert "===" not in done.stdout


def test_a_python_without_what_the_bench_needs_says_so(tmp_path):
    done = subprocess.run([sys.executable, "-I", ROOT / "bench"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "make bench" in done.stderr and "Traceback" not in done.stderr
