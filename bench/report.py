"""The figures as people read them: a table, then each target beside what was measured."""

ALONE_P50_MS = 5
FLOOR_SHARE = 0.25
FACADE_RSS_MIB = 20
DB_SVC_RSS_MIB = 64
FACADE_READY_MS = 300


def table(figures):
    points = figures["points"]
    rows = [
        ("", [_connections(point["connections"]) for point in points]),
        ("purchases a second", [f"{point['purchases']['per_second']:,.0f}" for point in points]),
        ("  p50 ms", [f"{point['purchases']['p50_ms']:.2f}" for point in points]),
        ("  p99 ms", [f"{point['purchases']['p99_ms']:.2f}" for point in points]),
        ("  not 2xx", [str(_refused(point["purchases"])) for point in points]),
        ("  commands a batch", [_figure(point["commands_a_batch"]) for point in points]),
        ("floor: the database alone, sales a second", [f"{point['floor']['per_second']:,.0f}" for point in points]),
        ("  sales a batch", [str(point["floor"]["batch"]) for point in points]),
        ("  ms a batch", [f"{point['floor']['batch_ms']:.2f}" for point in points]),
        ("purchases / floor", [f"{point['share']:.2f}" for point in points]),
    ]
    rows += [(f"CPU µs a sale: {name}", [_figure(point["cpu_us_a_sale"][name]) for point in points])
             for name in points[0]["cpu_us_a_sale"]]
    return "\n".join(f"{name:<44}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in rows)


def targets(figures):
    lines = [f"{'':<44}{'measured':>14}{'target':>14}"]
    for name, value, limit, unit, reached in _targets(figures):
        lines.append(f"{name:<44}{_figure(value):>14}{limit + ' ' + unit:>14}  {'' if reached else 'MISSED'}".rstrip())
    return "\n".join(lines)


def _targets(figures):
    first, last = figures["points"][0], figures["points"][-1]
    yield _below("purchase alone, p50", first["purchases"]["p50_ms"], ALONE_P50_MS, "ms")
    yield (f"purchases / floor at {last['connections']} connections", last["share"], f">= {FLOOR_SHARE}", "",
           last["share"] >= FLOOR_SHARE)
    for name, ready_ms in figures["ready_ms"].items():
        yield _below(f"{name} ready after its start", ready_ms, FACADE_READY_MS, "ms")
    for name, rss in figures["rss_mib"].items():
        if name.endswith("-svc"):
            yield _below(f"{name} RSS", rss, DB_SVC_RSS_MIB if name == "db-svc" else FACADE_RSS_MIB, "MiB")


def _below(name, value, limit, unit):
    return name, value, f"< {limit}", unit, value < limit


def _connections(count):
    return f"{count} connection{'' if count == 1 else 's'}"


def _refused(purchases):
    return purchases["broken"] + purchases["unanswered"] + sum(
        count for status, count in purchases["statuses"].items() if not status.startswith("2"))


def _figure(value):
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
