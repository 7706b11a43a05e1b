"""E-mails to everybody on a long list, to a server that takes all, and what that does to sales meanwhile."""

import statistics
import subprocess
import threading
import time

from processes import rss_mib
from report import below, figure, table, targets
from sales import COUNTED, counted
from seeds import Seeds, size
from shop import Shop, ask
from stack import free_port

PER_SECOND, RSS_MIB, SLOWER = 2000, 64, 2
CONNECTIONS = 8
PARTS = {**{name: part for name, part in COUNTED.items() if name != "tickets-svc"}, "notify-svc": "notify-svc"}


def measure(setup):
    count = size("BENCH_MAILS", 100_000)
    with Sink(setup.programs / "sink") as sink, setup.stack(SMTP_URL=f"smtp://127.0.0.1:{sink.port}") as stack:
        stack.start()
        shop = Shop(stack, setup.programs)
        Seeds(stack, setup.programs).people(shop.event_id, count)
        shop.purchases(CONNECTIONS, min(setup.seconds, 2))
        alone = shop.purchases(CONNECTIONS, setup.seconds)
        figures, used = counted(stack, PARTS, lambda: _send(setup, stack, shop, sink, count))
        return {"recipients": count, "alone": alone, **figures, "counts": figures["counts"],
                "cpu_us_a_mail": {name: None if us is None else us / max(figures["taken"], 1)
                                  for name, us in used.items()}}


class Sink:
    """bench/sink.c, and how many messages it says it has taken."""

    def __init__(self, program):
        self.port, self.taken = free_port(), 0
        self._program = program

    def __enter__(self):
        self._process = subprocess.Popen([self._program, str(self.port)], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self._process.kill()
        self._process.wait()

    def _read(self):
        for line in self._process.stdout:
            self.taken = int(line)


def _send(setup, stack, shop, sink, count):
    """Sales go on for half of the time, so that the e-mails' own pace shows too."""
    notifications = f"{stack['notify-svc'].url}/v1/events/{shop.event_id}/notifications"
    start, most_rss, sales, quiet = time.monotonic(), 0, [], []
    notification = ask("POST", notifications, {
        "channel": "email", "subject": "Doors at seven", "audience": {"all": True},
        "message": "Dear {{attendee.name}},\n\nsee you at {{event.starts_at}}."})
    while sink.taken < count and time.monotonic() < start + 60 + count / 100:
        before, since = sink.taken, time.monotonic()
        time.sleep(min(setup.seconds, 2))
        quiet.append((sink.taken - before) / (time.monotonic() - since))
        most_rss = max(most_rss, rss_mib(stack["notify-svc"].process.pid))
        if sink.taken < count * 0.9:
            sales.append(shop.purchases(CONNECTIONS, setup.seconds))
    took = time.monotonic() - start
    return {"meanwhile": sales, "taken": sink.taken, "seconds": took, "per_second": sink.taken / took,
            "per_second_alone": max(quiet), "rss_mib": most_rss,
            "counts": _settled(f"{notifications}/{notification['id']}", count)}


def _settled(notification, count):
    """The counts, once everything is reported."""
    deadline = time.monotonic() + 30
    while True:
        counts = ask("GET", notification)["counts"]
        if counts["sent"] >= count or time.monotonic() > deadline:
            return counts
        time.sleep(0.2)


def show(figures):
    alone = figures["alone"]["p50_ms"]
    meanwhile = [sales["p50_ms"] for sales in figures["meanwhile"]] or [alone]
    rows = [(f"e-mails a second, of {figures['taken']:,}, half of the time beside sales", [figure(figures["per_second"])]),
            ("e-mails a second while nothing is sold", [figure(figures["per_second_alone"])]),
            (f"sales on {CONNECTIONS} connections alone, p50 ms", [figure(alone)]),
            ("  while e-mails go out", [figure(statistics.median(meanwhile))]),
            *((f"CPU µs an e-mail: {name}", [figure(us)]) for name, us in figures["cpu_us_a_mail"].items())]
    slower = statistics.median(meanwhile) / alone
    return "\n\n".join([table(rows), targets([
        ("e-mails a second", figures["per_second_alone"], f">= {PER_SECOND}", "",
         figures["per_second_alone"] >= PER_SECOND),
        below("notify-svc RSS", figures["rss_mib"], RSS_MIB, "MiB"),
        ("latency of sales meanwhile / alone", slower, f"<= {SLOWER}", "", slower <= SLOWER)])])
