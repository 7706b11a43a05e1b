"""What every process holds in memory while a million people leave, as CSV and line by line."""

import threading
import time

from lists import List
from processes import rss_mib
from report import below, plot, targets
from seeds import Seeds, size

FORMATS = ("text/csv", "application/x-ndjson")
GROWTH_MIB = 16
SAMPLE_S = 0.1
WARM_UP_BYTES = 64 << 20


def measure(setup):
    count = size("BENCH_PEOPLE", 1_000_000)
    with setup.stack() as stack:
        stack.start()
        people = List(stack)
        took = Seeds(stack, setup.programs).people(people.event_id, count)
        for media_type in FORMATS:  # buffers grow to their size once, and the database's cache
            people.export(media_type, most=WARM_UP_BYTES)
        return {"people": count, "seed_seconds": took,
                "exports": [_export(stack, people, media_type) for media_type in FORMATS]}


def _export(stack, people, media_type):
    with Samples(stack) as samples:
        start = time.monotonic()
        lines = people.export(media_type)
        took = time.monotonic() - start
    return {"media_type": media_type, "lines": lines, "seconds": took, "per_second": lines / took,
            "rss_mib": samples.rss_mib}


class Samples:
    """The RSS of every process of a stack, taken again and again."""

    def __init__(self, stack):
        self._pids = {part.name: part.process.pid for part in stack if part.process.pid is not None}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.rss_mib = {name: [] for name in self._pids}

    def __enter__(self):
        self._take()
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._thread.join()
        self._take()

    def _take(self):
        for name, pid in self._pids.items():
            self.rss_mib[name].append(rss_mib(pid))

    def _run(self):
        while not self._over.wait(SAMPLE_S):
            self._take()


def show(figures):
    parts = [f"{figures['people']:,} people, put in within {figures['seed_seconds']:.0f} s"]
    for export in figures["exports"]:
        parts += [f"{export['media_type']}: {export['lines']:,} lines in {export['seconds']:.1f} s, "
                  f"{export['per_second']:,.0f}/s; RSS over that time, a bar's height is {GROWTH_MIB} MiB",
                  "\n".join(_line(name, rss) for name, rss in export["rss_mib"].items()),
                  targets(below(f"{name} grew by", max(rss) - rss[0], GROWTH_MIB, "MiB")
                          for name, rss in export["rss_mib"].items())]
    return parts


def _line(name, rss):
    return f"{name:<14} {rss[0]:6.1f} MiB {plot(rss, rss[0], rss[0] + GROWTH_MIB)} {max(rss):6.1f} MiB at most"
