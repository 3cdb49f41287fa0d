"""The form in which a filter is put together: conditions, and one level of groups of them.

It keeps nothing: every change of a field sends the whole form, and it is drawn again from what was sent. So it works
without scripts, and a script has nothing to remember. A part that lies deeper than one group is shown as a sentence
that can be kept or removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.tables.columns import Column, Kind
from apps.tables.conditions import ME, OPERATORS, WITHOUT_VALUE, as_q
from apps.tables.sentences import DAYS, sentence
from apps.tables.table import Table
from apps.tables.where import MOST, Condition, Group, WhereError, parse, write


@dataclass
class Line:
    """One condition being written; in `raw` a part that is only kept."""

    number: int
    column: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)
    raw: str = ""
    error: str = ""
    is_new: bool = False


@dataclass
class Block:
    """Lines of which all have to hold, or any. Block 0 is the filter itself; the others are groups in it."""

    number: int
    joiner: str = "and"
    lines: list[Line] = field(default_factory=list)


@dataclass
class Builder:
    """A filter being written."""

    table: Table
    blocks: list[Block] = field(default_factory=list)
    problem: str = ""

    # --- Reading -------------------------------------------------------------------------------------------------

    @classmethod
    def of_group(cls, table: Table, group: Group) -> "Builder":
        """The form for a filter."""
        top = Block(0, group.joiner)
        builder = cls(table, [top])
        for part in group.parts:
            if isinstance(part, Condition):
                top.lines.append(builder._line(part))
            elif all(isinstance(one, Condition) for one in part.parts) and part.parts:
                block = Block(len(builder.blocks), part.joiner)
                builder.blocks.append(block)
                block.lines = [builder._line(one) for one in part.parts if isinstance(one, Condition)]
            else:
                top.lines.append(Line(builder._next(), raw=write(Group("and", (part,)))))
        return builder

    @classmethod
    def of_form(cls, table: Table, get: QueryDict) -> "Builder":
        """The form as it was sent."""
        blocks = {number: Block(number, _joiner(get, number)) for number in [0, *_numbers(get, "block")]}
        for number in _numbers(get, "line"):
            place = _text(get, f"b{number}")
            block = blocks.get(int(place) if place.isdecimal() and len(place) < 4 else 0, blocks[0])
            block.lines.append(
                Line(
                    number,
                    column=_text(get, f"f{number}"),
                    operator=_text(get, f"o{number}"),
                    values=[value for value in get.getlist(f"v{number}") if value.strip()][:200],
                    raw=_text(get, f"r{number}"),
                )
            )
        return cls(table, list(blocks.values()))

    def _line(self, condition: Condition) -> Line:
        return Line(self._next(), condition.column, condition.operator, list(condition.values))

    def _next(self) -> int:
        numbers = [line.number for block in self.blocks for line in block.lines]
        return max(numbers, default=0) + 1

    # --- Changing ------------------------------------------------------------------------------------------------

    def do(self, what: str) -> None:
        """Press a button: "add" or "add-<block>", "group", "drop-<line>", "ungroup-<block>"."""
        verb, _dash, place = what.partition("-")
        number = int(place) if place.isdecimal() and len(place) < 4 else 0
        block = next((one for one in self.blocks if one.number == number), self.blocks[0])
        if verb == "add":
            self._add(block)
        elif verb == "group":
            # A group is worth its brackets where it joins the other way.
            made = Block(
                max(one.number for one in self.blocks) + 1, "or" if self.blocks[0].joiner == "and" else "and"
            )
            self.blocks.append(made)
            self._add(made)
        elif verb == "drop":
            for one in self.blocks:
                one.lines = [line for line in one.lines if line.number != number]
            self.blocks = [one for one in self.blocks if one.number == 0 or one.lines]
        elif verb == "ungroup" and number:
            self.blocks = [one for one in self.blocks if one.number != number]

    def _add(self, block: Block) -> None:
        if sum(len(one.lines) for one in self.blocks) < MOST:
            block.lines.append(Line(self._next(), is_new=True))

    # --- Meaning -------------------------------------------------------------------------------------------------

    def group(self) -> Group:
        """The filter that it means. What makes no sense is noted at its line; lines without a field are left out."""
        parts: list[Condition | Group] = []
        for block in self.blocks:
            meant = [part for line in block.lines if (part := self._part(line)) is not None]
            if block.number and meant:
                parts.append(Group(block.joiner, tuple(meant)) if len(meant) > 1 else meant[0])
            elif not block.number:
                parts += meant
        return Group(self.blocks[0].joiner, tuple(parts))

    @property
    def has_errors(self) -> bool:
        """Whether a line makes no sense."""
        return any(line.error for block in self.blocks for line in block.lines)

    def _part(self, line: Line) -> Condition | Group | None:
        if not line.column and not line.raw:
            return None
        try:
            if line.raw:
                return parse(line.raw)
            column = self.table.columns.get(line.column)
            operator = line.operator or (next(iter(OPERATORS[column.kind])) if column else "is")
            values = () if operator in WITHOUT_VALUE else tuple(line.values)
            condition = Condition(line.column, operator, values)
            as_q(Group("and", (condition,)), self.table.columns, self.table.user)
        except WhereError as error:
            line.error = str(error)
            return None
        return condition

    # --- Drawing -------------------------------------------------------------------------------------------------

    def drawn(self) -> list[dict[str, Any]]:
        """The blocks for the template."""
        return [
            {
                "number": block.number,
                "joiner": block.joiner,
                "lines": [self._drawn(line) for line in block.lines],
            }
            for block in self.blocks
        ]

    def _drawn(self, line: Line) -> dict[str, Any]:
        if line.raw:
            try:
                said = sentence(parse(line.raw), self.table.columns, self.table.user)
            except WhereError:
                said = line.raw
            return {"line": line, "said": said}
        column = self.table.columns.get(line.column)
        if column is None or not column.is_filterable:
            return {"line": line, "is_lost": bool(line.column)}
        operators = OPERATORS[column.kind]
        operator = line.operator if line.operator in operators else next(iter(operators))
        return {
            "line": line,
            "column": column,
            "operators": operators.items(),
            "operator": operator,
            "input": _input(column, operator),
            "choices": self._choices(column, line.values),
            "days": (line.values or [""])[0].removesuffix("d"),
        }

    def _choices(self, column: Column, values: list[str]) -> list[tuple[str, str | Promise, bool]]:
        if column.choices is None:
            return []
        found = [
            (str(value), label, str(value) in values) for value, label in column.choices(self.table.user)
        ]
        if column.kind is Kind.USER:
            found.insert(0, (ME, _("Me"), ME in values))
        return found

    def fields(self) -> Mapping[str, str | Promise]:
        """What can be asked about, by key."""
        return {key: one.label for key, one in self.table.columns.items() if one.is_filterable}


def _input(column: Column, operator: str) -> str:
    """Which field takes the value."""
    if operator in WITHOUT_VALUE:
        return ""
    if column.kind is Kind.YES_NO:
        return "yes_no"
    if column.choices is not None:
        return "choices"
    if column.kind in (Kind.DATE, Kind.MOMENT):
        return "days" if operator in DAYS else "date"
    return "number" if column.is_numeric else "text"


def _joiner(get: QueryDict, number: int) -> str:
    return "or" if get.get(f"j{number}") == "or" else "and"


def _numbers(get: QueryDict, name: str) -> list[int]:
    found = [int(text) for text in get.getlist(name)[: MOST * 2] if text.isdecimal() and len(text) < 4]
    return [number for number in dict.fromkeys(found) if number]


def _text(get: QueryDict, name: str) -> str:
    return str(get.get(name) or "")[:4000]
