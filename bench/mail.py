"""E-mails to everybody on a long list, to a server that takes all, and what that does to sales meanwhile."""

import statistics
import subprocess
import threading
import time

from processes import rss_mib
from report import below, figure, least, table, targets
from sales import COUNTED, counted
from seeds import Seeds, size
from shop import Shop, ask
from stack import free_port

PER_SECOND, RSS_MIB, SLOWER = 2000, 64, 2
CONNECTIONS = 8
ROUNDS = 4  # of sales, beside e-mails
PARTS = {**{name: part for name, part in COUNTED.items() if name != "tickets-svc"}, "notify-svc": "notify-svc"}


def measure(setup):
    count = size("BENCH_MAILS", 100_000)
    with Sink(setup.programs / "sink") as sink, setup.stack(SMTP_URL=f"smtp://127.0.0.1:{sink.port}") as stack:
        stack.start()
        shop = Shop(stack, setup.programs)
        Seeds(stack, setup.programs).people(shop.event_id, count)
        shop.purchases(CONNECTIONS, min(setup.seconds, 2))
        alone = shop.purchases(CONNECTIONS, setup.seconds)
        mailing = Mailing(stack, shop, sink)
        figures, used = counted(stack, PARTS, lambda: mailing.send(count))
        return {"recipients": count, "alone": alone, **figures, "beside": mailing.beside_sales(count, setup.seconds),
                "rss_mib": mailing.most_rss, "cpu_us_a_mail": {
                    name: None if us is None else us / max(figures["taken"], 1) for name, us in used.items()}}


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


class Mailing:
    """The same e-mail to everybody, once by itself and once beside sales."""

    def __init__(self, stack, shop, sink):
        self._notify = stack["notify-svc"]
        self._notifications = f"{self._notify.url}/v1/events/{shop.event_id}/notifications"
        self._shop = shop
        self._sink = sink
        self.most_rss = 0

    def send(self, count):
        """From the request to the last e-mail taken."""
        start, before = time.monotonic(), self._sink.taken
        notification = self._request()
        while self._sink.taken < before + count and time.monotonic() < start + 60 + count / 100:
            time.sleep(0.1)
            self._watch()
        took, taken = time.monotonic() - start, self._sink.taken - before
        return {"taken": taken, "seconds": took, "per_second": taken / took,
                "counts": self._settled(notification["id"], count)}

    def beside_sales(self, count, seconds):
        """Some rounds of sales while it goes out again, and what goes out meanwhile."""
        sales, before = [], self._sink.taken
        self._request()
        start = time.monotonic()
        while len(sales) < ROUNDS and self._sink.taken < before + count * 0.9:
            sales.append(self._shop.purchases(CONNECTIONS, seconds))
            self._watch()
        return {"sales": sales, "per_second": (self._sink.taken - before) / (time.monotonic() - start)}

    def _request(self):
        return ask("POST", self._notifications, {
            "channel": "email", "subject": "Doors at seven", "audience": {"all": True},
            "message": "Dear {{attendee.name}},\n\nsee you at {{event.starts_at}}."})

    def _watch(self):
        self.most_rss = max(self.most_rss, rss_mib(self._notify.process.pid))

    def _settled(self, notification_id, count):
        """The counts, once everything is reported."""
        deadline = time.monotonic() + 30
        while True:
            counts = ask("GET", f"{self._notifications}/{notification_id}")["counts"]
            if counts["sent"] >= count or time.monotonic() > deadline:
                return counts
            time.sleep(0.2)


def show(figures):
    alone = figures["alone"]["p50_ms"]
    meanwhile = statistics.median(sales["p50_ms"] for sales in figures["beside"]["sales"])
    rows = [(f"e-mails a second, all {figures['taken']:,}", [figure(figures["per_second"])]),
            ("  beside sales", [figure(figures["beside"]["per_second"])]),
            (f"sales on {CONNECTIONS} connections alone, p50 ms", [figure(alone)]),
            ("  while e-mails go out", [figure(meanwhile)]),
            *((f"CPU µs an e-mail: {name}", [figure(us)]) for name, us in figures["cpu_us_a_mail"].items())]
    slower = meanwhile / alone
    return [table(rows), targets([
        least("e-mails a second", figures["per_second"], PER_SECOND),
        below("notify-svc RSS", figures["rss_mib"], RSS_MIB, "MiB"),
        ("latency of sales meanwhile / alone", slower, f"<= {SLOWER}", "", slower <= SLOWER)])]
