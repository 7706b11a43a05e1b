"""Pictures of the figures, to be read on a phone and on a dark page, too: each has a light ground of its own.

matplotlib draws them. pip brings it (bench/requirements.txt) when it is first asked for; without it there are none.
"""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from floors import DATABASE, HTTP, KAFKA, SMALL
from scale import EVENTS, points_of, title
from stack import Failure
from stack.installed import PARTS

WANTED = Path(__file__).parent / "requirements.txt"
FOLDER = PARTS / "bench"
STAMP = PARTS / "bench.stamp"

BLUE, ORANGE, GREEN, PURPLE, GREY, YELLOW = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#6e7781", "#e69f00"
FLOORS = {DATABASE: ("database alone", GREEN), SMALL: ("the same, small records", YELLOW), HTTP: ("HTTP alone", PURPLE),
          KAFKA: ("Kafka alone", GREY)}
PROCESS_COLOURS = (PURPLE, BLUE, ORANGE, GREEN, GREY)
SIZE = (6.4, 4.4)  # inches of 72 points: letters of 12 points stay readable at 400 pixels
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 12, "font.sans-serif": ["DejaVu Sans", "Arial"],
         "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 13, "axes.titlelocation": "left",
         "legend.frameon": False, "legend.fontsize": 11, "text.color": "#1f2328", "axes.edgecolor": "#59636e",
         "axes.labelcolor": "#1f2328", "xtick.color": "#1f2328", "ytick.color": "#1f2328", "grid.color": "#d1d9e0",
         "figure.facecolor": "white", "savefig.facecolor": "white", "figure.constrained_layout.h_pad": 0.08,
         "figure.constrained_layout.w_pad": 0.12}


def draw(figures, stem):
    """Writes those of the points measured beside `stem`, in the place of older ones; their (file, what it shows)."""
    for old in stem.parent.glob(f"{stem.name}-*.svg"):
        old.unlink()
    wanted = {name: one for name, one in PICTURES.items() if one[0] in figures}
    if not wanted:
        return []
    pyplot = library()
    drawn = []
    for name, (point, shows, paint) in wanted.items():
        file = stem.with_name(f"{stem.name}-{name}.svg")
        with pyplot.rc_context(STYLE):
            picture, axes = pyplot.subplots(figsize=SIZE, layout="constrained")
            paint(axes, figures[point])
            axes.set_title(shows)
            picture.savefig(file, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
            pyplot.close(picture)
        drawn.append((file, shows))
    return drawn


def library():
    """matplotlib's pyplot, which needs no screen here. Failure where it cannot be had."""
    if not (STAMP.exists() and STAMP.read_bytes() == WANTED.read_bytes()):
        _install()
    os.environ.setdefault("MPLCONFIGDIR", str(FOLDER / "cache"))
    os.environ["MPLBACKEND"] = "svg"
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    try:
        return importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise Failure(f"matplotlib of {FOLDER} does not run: {error}") from None


def _install():
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"Installing the Python packages of {WANTED}", flush=True)
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                           "--only-binary", ":all:", "--target", FOLDER, "--requirement", WANTED],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"pip cannot install {WANTED}: {done.stderr.strip()[-500:]}")
    shutil.copy(WANTED, STAMP)


def _rates(axes, sales):
    points = sales["points"]
    rates = [point["purchases"]["per_second"] for point in points]
    _line(axes, points, rates, "purchases", BLUE, strong=True)
    _say(axes, rates, above=False)  # floors are above
    for name, (label, colour) in FLOORS.items():
        _line(axes, points, [point["floors"][name]["per_second"] for point in points], label, colour)
    _by_connections(axes, points)


def _latencies(axes, sales):
    points = sales["points"]
    for cost, colour, above in (("p99", ORANGE, True), ("p50", BLUE, False)):
        taken = [point["purchases"][f"{cost}_ms"] for point in points]
        _line(axes, points, taken, f"purchases, {cost}", colour, strong=True)
        _say(axes, taken, above=above)
    for name in (HTTP, KAFKA):
        label, colour = FLOORS[name]
        _line(axes, points, [point["floors"][name]["p50_ms"] for point in points], f"{label}, p50", colour)
    _by_connections(axes, points)


def _line(axes, points, values, label, colour, strong=False):
    axes.plot([str(point["connections"]) for point in points], values, marker="o", label=label, color=colour,
              linewidth=3 if strong else 1.5, markersize=7 if strong else 5, zorder=3 if strong else 2)


def _say(axes, values, above):
    for at, value in enumerate(values):
        axes.annotate(_short(value), (at, value), textcoords="offset points", xytext=(0, 8 if above else -18), ha="center",
                      weight="bold")


def _by_connections(axes, points):
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: _short(value))
    axes.margins(x=0.1, y=0.15)
    axes.grid(axis="y")
    axes.set_xlabel("connections")
    _legend(axes)


def _cpu(axes, sales):
    points = [point for point in sales["points"] if point["connections"] > 1]  # alone it is many times as much
    names = [name for name, us in points[0]["cpu_us_a_sale"].items() if us is not None]
    labels, left = [str(point["connections"]) for point in points], [0.0] * len(points)
    for name, colour in zip(names, PROCESS_COLOURS):
        each = [point["cpu_us_a_sale"][name] for point in points]
        bars = axes.barh(labels, each, left=left, label=name, color=colour, height=0.6, edgecolor="white")
        most = max(sum(point["cpu_us_a_sale"][one] for one in names) for point in points)
        axes.bar_label(bars, [_short(us) if us > most / 15 else "" for us in each], label_type="center", color="white",
                       weight="bold")
        left = [so_far + us for so_far, us in zip(left, each)]
    for at, total in enumerate(left):
        axes.annotate(_short(total), (total, at), textcoords="offset points", xytext=(5, 0), va="center", weight="bold")
    axes.margins(x=0.12)
    axes.invert_yaxis()
    axes.set_ylabel("connections")
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    _legend(axes)


def _scale(axes, scale):
    for n, (events, colour) in enumerate(zip(EVENTS, (BLUE, ORANGE))):
        points = points_of(scale, events)
        rates = [point["purchases"]["per_second"] for point in points]
        bars = axes.bar([at + 0.4 * n for at in range(len(points))], rates, width=0.38, color=colour,
                        label=f"{events} event{'' if events == 1 else 's'}")
        axes.bar_label(bars, [f"{rate / 1000:.1f}k" for rate in rates], fontsize=10, padding=2)
    axes.set_xticks([at + 0.2 for at in range(len(points))], [title(point) for point in points])
    axes.yaxis.set_major_formatter(lambda value, _: _short(value))
    axes.margins(y=0.12)
    axes.set_xlabel("db-svc + tickets-svc")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    _legend(axes)


def _legend(axes):
    axes.figure.legend(loc="outside lower center", ncols=2)


def _short(value):
    """0.01, 4.7, 86, 4,230 or 62k."""
    if value >= 10_000:
        return f"{value / 1000:,.0f}k"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


# By name: the point that it is of, what it shows, and who paints it.
PICTURES = {
    "rates": ("sales", "Purchases a second, and what each part alone can do", _rates),
    "latencies": ("sales", "Milliseconds that a purchase takes", _latencies),
    "cpu": ("sales", "CPU µs a sale, by process", _cpu),
    "scale": ("scale", "Purchases a second at 256 connections, on the same cores", _scale),
}
