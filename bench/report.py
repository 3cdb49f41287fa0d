"""The table that is printed, and what bench.json holds."""

from typing import Any

from bench.registry import Result

_HEAD = ("benchmark", "rows", "value", "floor", "ratio", "growth", "queries", "")


def table(results: list[Result]) -> str:
    """The results as a table of text."""
    lines = [_HEAD, *(_line(result, _growth(result, results)) for result in results)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index in (0, len(_HEAD) - 1) else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _growth(result: Result, results: list[Result]) -> str:
    """How many times the value of the same benchmark on the fewest rows; "" where there is but one size."""
    first = min((one for one in results if one.name == result.name), key=lambda one: one.size)
    return f"{result.value / first.value:.1f}" if first.size < result.size and first.value else ""


def _line(result: Result, growth: str) -> tuple[str, ...]:
    return (
        result.name,
        f"{result.size:,}",
        _figure(result.value, result.unit),
        _figure(result.floor, result.unit),
        f"{result.ratio:.1f}" if result.ratio else "",
        growth,
        str(result.queries) if result.queries is not None else "",
        result.note,
    )


def _figure(value: float | None, unit: str) -> str:
    return f"{value:,.1f} {unit}" if value is not None else ""


def as_json(results: list[Result]) -> list[dict[str, Any]]:
    """The results for a program to read."""
    return [
        {
            "name": result.name,
            "size": result.size,
            "value": round(result.value, 3),
            "unit": result.unit,
            "floor": round(result.floor, 3) if result.floor is not None else None,
            "ratio": round(result.ratio, 3) if result.ratio else None,
            "queries": result.queries,
        }
        for result in results
    ]
