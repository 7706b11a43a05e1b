"""Figures as people read them: text in a terminal, and Markdown.

What is shown is a list of blocks: tables, sentences, and lines whose form matters.
"""

from dataclasses import dataclass

BARS = "▁▂▃▄▅▆▇█"


@dataclass
class Table:
    """Rows of a name and cells; names that belong to the row above begin with two blanks."""

    rows: list
    head: tuple | None = None

    def text(self):
        rows = ([self.head] if self.head else []) + self.rows
        width = max(14, *(len(cell) + 2 for _, cells in rows for cell in cells))
        return "\n".join((f"{name:<44}" + "".join(f"{cell:>{width}}" for cell in cells)).rstrip() for name, cells in rows)

    def markdown(self):
        _, cells = self.rows[0]
        head = self.head or ("", [""] * len(cells))
        rule = "|---|" + "--:|" * len(head[1])
        return "\n".join([_markdown_row(*head), rule, *(_markdown_row(*row) for row in self.rows)])


def _markdown_row(name, cells):
    shown = (cell.strip() for cell in (name.replace("  ", "&emsp;"), *cells))
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in shown)


def table(rows, head=None):
    return Table(list(rows), head)


def targets(each):
    """Of (name, value, limit, unit, whether it is reached)."""
    return Table([(name, [figure(value), f"{limit} {unit}".strip(), "" if reached else "MISSED"])
                  for name, value, limit, unit, reached in each], ("", ["measured", "target", ""]))


def text(blocks):
    return "\n\n".join(block if isinstance(block, str) else block.text() for block in blocks)


def markdown(blocks):
    return "\n\n".join(_lines(block) if isinstance(block, str) else block.markdown() for block in blocks)


def _lines(block):
    return f"```\n{block}\n```" if "\n" in block else block


def below(name, value, limit, unit):
    return name, value, f"< {limit}", unit, value < limit


def least(name, value, limit, unit=""):
    return name, value, f">= {limit}", unit, value >= limit


def figure(value):
    if value is None:
        return "-"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"


def plot(values, low, high, width=60):
    """One line of bars: of `width` equal parts the highest value each, between low and high."""
    parts = [values[i * len(values) // width:(i + 1) * len(values) // width] or values[-1:] for i in range(width)]
    step = (high - low) / (len(BARS) - 1)
    return "".join(BARS[max(0, min(len(BARS) - 1, round((max(part) - low) / step)))] for part in parts)
