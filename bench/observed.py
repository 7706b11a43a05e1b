"""Purchases while nobody watches, and while logs, metrics and traces are written, taken and sent, by turns."""

import http.server
import statistics
import threading
import time
import urllib.request
from contextlib import contextmanager, nullcontext

from processes import cpu_us
from report import figure, table, targets
from sales import refused
from shop import Shop

SERVICES = ("db-svc", "tickets-svc")
CONNECTIONS = 64
ROUNDS = 5
SCRAPE_S = 1
WATCHED, UNWATCHED = "watched", "not watched"
MOST_PERCENT = 2


def measure(setup):
    with setup.stack() as stack, collector() as url:
        stack.start()
        shop = Shop(stack, setup.programs)
        shop.purchases(CONNECTIONS, setup.seconds)  # to be warm
        settings = {WATCHED: {"LOG_LEVEL": "info", "OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_TRACES_SAMPLER_ARG": "0.01"},
                    UNWATCHED: {"LOG_LEVEL": "error", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}}
        rounds = []
        for n in range(ROUNDS):
            turns = list(settings) if n % 2 == 0 else list(reversed(settings))
            rounds.append({how: turn(stack, shop, how, settings[how], setup.seconds) for how in turns})
        return {"rounds": rounds}


def turn(stack, shop, how, settings, seconds):
    for name in SERVICES:
        stack[name].stop()
        stack[name].variables.update(settings)
        stack[name].launch()
    for name in SERVICES:
        while stack[name].not_ready() is not None:
            time.sleep(0.01)
    shop.purchases(CONNECTIONS, min(seconds, 1))
    with scraped(stack) if how == WATCHED else nullcontext():
        before = used(stack)
        figures = shop.purchases(CONNECTIONS, seconds)
        return {**figures, "cpu_us_a_sale": (used(stack) - before) / max(figures["ok"], 1)}


def used(stack):
    return sum(cpu_us(stack[name].process.pid) for name in SERVICES)


@contextmanager
def scraped(stack):
    """As Prometheus does."""
    over = threading.Event()

    def scrape():
        while not over.wait(SCRAPE_S):
            for name in SERVICES:
                with urllib.request.urlopen(f"{stack[name].url}/metrics", timeout=10) as answer:
                    answer.read()
    scraping = threading.Thread(target=scrape)
    scraping.start()
    try:
        yield
    finally:
        over.set()
        scraping.join()


@contextmanager
def collector():
    """The address of one that takes spans and keeps none."""
    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def show(figures):
    rounds = figures["rounds"]
    rows = []
    for how in (UNWATCHED, WATCHED):
        rows += [(f"{how}: purchases a second", [figure(each[how]["per_second"]) for each in rounds]),
                 ("  not 2xx", [str(refused(each[how])) for each in rounds]),
                 ("  CPU µs a sale of db-svc and tickets-svc", [figure(each[how]["cpu_us_a_sale"]) for each in rounds])]
    return [table(rows, head=("", [f"round {n + 1}" for n in range(len(rounds))])), targets([_cost(rounds)])]


def _cost(rounds):
    """By processor time, whose medians vary less than rates do."""
    watched, unwatched = (statistics.median(each[how]["cpu_us_a_sale"] for each in rounds) for how in (WATCHED, UNWATCHED))
    percent = 100 * (watched / unwatched - 1)
    return "logs, metrics and traces cost", percent, f"< {MOST_PERCENT}", "%", percent < MOST_PERCENT
