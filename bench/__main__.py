"""python bench: what the services can do, beside what the database alone can do.

Everything runs on throw-away parts on this machine, which is busy with both sides: only ratios are
worth comparing. It is no test: missed targets are said, and the exit code is 0.

BENCH (points to measure, with commas between; all but peers if it is not set), BENCH_SECONDS (of a figure, 5)
and BENCH_WARM_UP (at most so many seconds before the first, 30) come from the environment, as do BENCH_ORDERS,
BENCH_EVENTS, BENCH_ROWS, BENCH_PEOPLE, BENCH_MAILS and BENCH_WEBHOOKS, the sizes.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

try:
    import events
    import export
    import imports
    import mail
    import observed
    import orders
    import peers
    import pictures
    import reads
    import sales
    import scale
    import search
    import webhooks
    from needs import missing
    from page import page
    from processes import half_of_memory, processor
    from report import text
    from stack import Failure, throw_away
except ModuleNotFoundError as error:
    sys.exit(f"error: this Python has no {error.name}; `make bench` runs on one that has, and brings it")

# Each has measure(setup), which returns its figures, and show(figures), which returns what report.py prints; one that
# needs more than the others has require(), which fails without it.
POINTS = {"sales": sales, "scale": scale, "reads": reads, "orders": orders, "events": events, "search": search,
          "import": imports, "export": export, "mail": mail, "webhooks": webhooks, "observed": observed, "peers": peers}
WHOLE = [name for name in POINTS if name != "peers"]  # which need npm


@dataclass
class Setup:
    """What every point is given."""

    build: Path
    seconds: float

    @property
    def programs(self):
        return self.build / "bench"

    def stack(self, **settings):
        return throw_away("kafka", "database", "services", build=self.build, settings=settings,
                          kafka_full_compiler=True, database_cache=half_of_memory())

    def require(self, points):
        """Before anything is measured, lest it is lost."""
        if lacking := missing(self.build):
            raise Failure("\n".join(lacking))
        for name in points:
            if hasattr(POINTS[name], "require"):
                POINTS[name].require()


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"), help="the folder of the programs built")
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"),
                        help="where the figures go; beside it, as .md, the tables")
    parser.add_argument("--pictures", action="store_true", help="draw pictures beside them, too")
    arguments = parser.parse_args()
    wanted = [name for name in (os.environ.get("BENCH") or ",".join(WHOLE)).split(",") if name]
    unknown = [name for name in wanted if name not in POINTS]
    if unknown:
        parser.error(f"BENCH names {', '.join(unknown)}; there are {', '.join(POINTS)}")
    setup = Setup(arguments.build.resolve(), float(os.environ.get("BENCH_SECONDS") or 5))
    figures = {"machine": processor(), "day": date.today().isoformat(), "seconds": setup.seconds}
    print(f"points: {', '.join(wanted)}; BENCH=sales,import measures these only (of {', '.join(POINTS)})")
    print(f"{figures['machine']}; {setup.seconds:g} s a figure", flush=True)
    try:
        setup.require(wanted)
        for name in wanted:
            figures[name] = _point(setup, name)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    _write(figures, wanted, arguments.json, arguments.pictures)
    return 0


def _point(setup, name):
    load_average = os.getloadavg()[0]
    print(f"\n=== {name} (load average before: {load_average:.1f})\n", flush=True)
    figures = POINTS[name].measure(setup)
    print(text(POINTS[name].show(figures)), flush=True)
    return {"load_average": load_average, **figures}


def _write(figures, points, file, with_pictures):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, indent=2) + "\n")
    drawn = _pictures(figures, file.with_suffix("")) if with_pictures else []
    settings = {name: value for name, value in os.environ.items() if name == "BENCH" or name.startswith("BENCH_")}
    shown = {name: POINTS[name].show(figures[name]) for name in points}
    file.with_suffix(".md").write_text(page(figures, shown, drawn, settings))
    print(f"\nas JSON: {file}, as Markdown: {file.with_suffix('.md')}")
    if drawn:
        print(f"pictures: {', '.join(str(picture) for picture, _ in drawn)}")


def _pictures(figures, stem):
    try:
        return pictures.draw(figures, stem)
    except Failure as failure:
        print(f"no pictures: {failure}", file=sys.stderr)
        return []


if __name__ == "__main__":
    sys.exit(main())
