"""Pictures of numbers as SVG: zero-based bars with their numbers beside them.

Lengths are percentages, so that a picture is as wide as its place and its text keeps its size.
"""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

_TOP, _BASE = 18, 166
"""Pixels of the chart by week: where its tallest bar ends, and where all begin."""
_WIDTH = 94
"""Percent of the width for bars; the rest is for the numbers of the axis."""


def bar(value: float, whole: float, *, tone: str = "value", css: str = "") -> SafeString:
    """One bar, `value` out of `whole`, on the ground of the whole. Nothing out of nothing is empty."""
    width = max(0.0, min(100.0, 100 * value / whole)) if whole else 0.0
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false" preserveAspectRatio="none">'
        '<rect class="bar-ground" width="100%" height="100%" rx="2"/>'
        '<rect class="bar-{}" width="{}%" height="100%" rx="2"/></svg>',
        css, tone, f"{width:.2f}",
    )  # fmt: skip


def funnel(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps with their bars: each as long as its share of the largest."""
    most = max((step["count"] for step in steps), default=0)
    return [
        step
        | {
            "bar": bar(
                step["count"], most, tone="gift" if step["rung"] == "opened" else "value", css="funnel-bar"
            )
        }
        for step in steps
    ]


def weeks(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars by week, two beside each other at most: `bars` to draw, `lines` of the grid, `rows` for the table."""
    top = _ceiling(max((max(row["first"], row.get("second") or 0) for row in rows), default=0))
    slot = _WIDTH / max(len(rows), 1)
    every = max(1, -(-len(rows) // 9))
    return {
        "rows": rows,
        "lines": [{"y": _y(part, top), "value": part} for part in _ticks(top)],
        "base": _BASE,
        "bars": [
            _week(row, index * slot, slot, top, labelled=index % every == 0) for index, row in enumerate(rows)
        ],
    }


def _week(row: dict[str, Any], left: float, slot: float, top: int, *, labelled: bool) -> dict[str, Any]:
    pair = row.get("second") is not None
    width = slot * (0.34 if pair else 0.6)
    start = left + slot * (0.14 if pair else 0.2)
    columns = []
    for position, name in enumerate(["first", "second"] if pair else ["first"]):
        y = _y(row[name], top)
        columns.append(
            {
                "css": "bar-value" if name == "first" else "bar-value-2",
                "x": f"{start + position * (width + slot * 0.03):.3f}%",
                "middle": f"{start + position * (width + slot * 0.03) + width / 2:.3f}%",
                "width": f"{width:.3f}%",
                "y": y,
                "above": y - 4,
                "height": round(_BASE - y, 1),
                "value": row[name],
            }
        )
    return {"columns": columns, "middle": f"{left + slot / 2:.3f}%", "labelled": labelled, **row}


def _y(value: float, top: int) -> float:
    return round(_BASE - (_BASE - _TOP) * value / top, 1)


def _ceiling(most: float) -> int:
    """The top of the axis: the first multiple of `_step` that holds all."""
    step = _step(most)
    return max(step, -int(-most // step) * step)


def _step(most: float) -> int:
    """1, 2, 5, 10, 20 …: the smallest that needs four lines at most."""
    step = 1
    while most > step * 4:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def _ticks(top: int) -> list[int]:
    return list(range(_step(top), top + 1, _step(top)))
