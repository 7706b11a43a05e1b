"""Figures as people read them."""

BARS = "▁▂▃▄▅▆▇█"


def table(rows):
    """Rows of a name and cells."""
    return "\n".join(f"{name:<44}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in rows)


def targets(each):
    """Of (name, value, limit, unit, whether it is reached)."""
    lines = [f"{'':<44}{'measured':>14}{'target':>14}"]
    for name, value, limit, unit, reached in each:
        lines.append(f"{name:<44}{figure(value):>14}{limit + ' ' + unit:>14}  {'' if reached else 'MISSED'}".rstrip())
    return "\n".join(lines)


def below(name, value, limit, unit):
    return name, value, f"< {limit}", unit, value < limit


def figure(value):
    if value is None:
        return "-"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"


def plot(values, low, high, width=60):
    """One line of bars: of `width` equal parts the highest value each, between low and high."""
    parts = [values[i * len(values) // width:(i + 1) * len(values) // width] or values[-1:] for i in range(width)]
    step = (high - low) / (len(BARS) - 1)
    return "".join(BARS[max(0, min(len(BARS) - 1, round((max(part) - low) / step)))] for part in parts)
