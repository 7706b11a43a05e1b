"""How fast a list comes in, beside the database alone with the same rows in the same batches."""

import json
import subprocess
import time

from lists import List, rows
from report import figure, least, table, targets
from sales import COUNTED, counted
from seeds import size
from writer import batches

ROWS_A_SECOND = 5000
WARM_UP_ROWS = 5000
PARTS = {**{name: part for name, part in COUNTED.items() if name != "tickets-svc"}, "attendees-svc": "attendees-svc"}


def measure(setup):
    count = size("BENCH_ROWS", 100_000)
    lines = list(rows(count))
    with setup.stack() as stack:
        stack.start()
        List(stack).send(_file(lines[:WARM_UP_ROWS]))
        people, before = List(stack), batches(stack["db-svc"])
        start = time.monotonic()
        job, used = counted(stack, PARTS, lambda: people.send(_file(lines)))
        took = time.monotonic() - start
        a_batch = count // max(int(batches(stack["db-svc"])[0] - before[0]), 1)
        floor = _floor(setup, stack, lines, min(a_batch, count))
        return {"rows": count, "imported": job["imported"], "status": job["status"], "seconds": took,
                "per_second": count / took, "rows_a_batch": a_batch, "floor": floor,
                "share": count / took / floor["per_second"],
                "cpu_us_a_row": {name: None if us is None else us / count for name, us in used.items()}}


def _file(lines):
    return ("name,email,phone\n" + "".join(lines)).encode()


def _floor(setup, stack, lines, batch):
    done = subprocess.run([setup.programs / "floor_import", stack["database"].uri, "bench_floor", str(max(batch, 1))],
                          input="".join(lines).encode(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def show(figures):
    rows_ = [
        (f"rows a second, of {figures['imported']:,}", [f"{figures['per_second']:,.0f}"]),
        ("  rows a batch", [figure(figures["rows_a_batch"])]),
        ("floor: the database alone, rows a second", [f"{figures['floor']['per_second']:,.0f}"]),
        ("import / floor", [f"{figures['share']:.2f}"]),
        *((f"CPU µs a row: {name}", [figure(us)]) for name, us in figures["cpu_us_a_row"].items()),
    ]
    return [table(rows_), targets([least("rows a second", figures["per_second"], ROWS_A_SECOND)])]
