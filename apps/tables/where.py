"""The language of filters, as it stands in an address: `tier.is.A,or(owner.is.empty,last_touch.older.30d)`.

A comma joins what must all hold; `and(…)` and `or(…)` group. A condition is `column.operator.value`, or
`column.operator.(one,other)` for any of several. A value that holds one of `,()".` and blanks stands in double quotes,
in which a backslash keeps the next character. The shape is that of PostgREST's horizontal filters, whose users read it
at sight: https://postgrest.org/en/stable/references/api/tables_views.html#horizontal-filtering
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

DEEPEST = 3
MOST = 40
LONGEST = 4000
"""How many conditions, and how long a text, a filter may have."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?", re.IGNORECASE)
_PLAIN = re.compile(r"[^,()\"\\]+")


class WhereError(ValueError):
    """The filter makes no sense; the text says why, for whoever reads the page."""


@dataclass(frozen=True)
class Condition:
    """A column, an operator and the values that it is held against."""

    column: str
    operator: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.values:
            return f"{self.column}.{self.operator}"
        quoted = [_quote(value) for value in self.values]
        return f"{self.column}.{self.operator}." + (
            quoted[0] if len(quoted) == 1 else f"({','.join(quoted)})"
        )


@dataclass(frozen=True)
class Group:
    """Conditions and groups of which all hold ("and") or any ("or")."""

    joiner: str = "and"
    parts: tuple["Condition | Group", ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.joiner}({','.join(str(part) for part in self.parts if part)})"

    def __bool__(self) -> bool:
        """False where it asks nothing: groups of nothing ask nothing either."""
        return any(self.parts)

    def conditions(self) -> Iterator[Condition]:
        """All conditions in it, in their order."""
        for part in self.parts:
            if isinstance(part, Condition):
                yield part
            else:
                yield from part.conditions()

    def with_(self, *conditions: "Condition | Group") -> "Group":
        """This and those: both must hold."""
        if self.joiner == "and" or not self.parts:
            return Group("and", (*self.parts, *conditions))
        return Group("and", (self, *conditions))

    def without(self, position: int) -> "Group":
        """Without its part at `position`."""
        return Group(self.joiner, (*self.parts[:position], *self.parts[position + 1 :]))


def write(group: Group) -> str:
    """The text of a filter; "" for none. `parse(write(group))` is the group again."""
    text = str(group) if group else ""
    return text[4:-1] if group.joiner == "and" and text else text


def parse(text: str) -> Group:
    """The filter that `text` says. Raises WhereError."""
    if len(text) > LONGEST:
        raise WhereError(_("The filter is too long."))
    reader = _Reader(text)
    parts = reader.parts(depth=0)
    if not reader.is_at_end:
        raise WhereError(_("The filter cannot be read from “%s” on.") % reader.rest[:40])
    group = Group("and", tuple(parts))
    if len(group.parts) == 1 and isinstance(group.parts[0], Group):
        group = group.parts[0]
    if sum(1 for _one in group.conditions()) > MOST:
        raise WhereError(_("A filter has at most %d conditions.") % MOST)
    return group


def _quote(value: str) -> str:
    if value and not re.search(r"[,()\"\\]", value) and value == value.strip():
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Reader:
    """Reads a filter from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    @property
    def is_at_end(self) -> bool:
        return self.at >= len(self.text)

    def takes(self, text: str) -> bool:
        """Step over `text` where it comes next."""
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def parts(self, depth: int) -> Sequence[Condition | Group]:
        found: list[Condition | Group] = []
        if self.is_at_end or self.text.startswith(")", self.at):
            return found
        found.append(self.part(depth))
        while self.takes(","):
            found.append(self.part(depth))
        return found

    def part(self, depth: int) -> Condition | Group:
        for joiner in ("and", "or"):
            if self.takes(f"{joiner}("):
                if depth >= DEEPEST:
                    raise WhereError(_("Groups of a filter stand at most %d deep.") % DEEPEST)
                parts = self.parts(depth + 1)
                if not self.takes(")"):
                    raise WhereError(_("A bracket of the filter is not closed."))
                if not parts:
                    raise WhereError(
                        _("A group of the filter is empty. Remove it, or put a condition into it.")
                    )
                return Group(joiner, tuple(parts))
        return self.condition()

    def condition(self) -> Condition:
        names = _NAME.match(self.text, self.at)
        if names is None or "." not in names.group():
            raise WhereError(_("The filter cannot be read from “%s” on.") % self.rest[:40])
        self.at = names.end()
        column, _dot, operator = names.group().rpartition(".")
        if not self.takes("."):
            return Condition(column, operator)
        if not self.takes("("):
            return Condition(column, operator, (self.value(),))
        values = [self.value()]
        while self.takes(","):
            values.append(self.value())
        if not self.takes(")"):
            raise WhereError(_("A bracket of the filter is not closed."))
        return Condition(column, operator, tuple(values))

    def value(self) -> str:
        if self.takes('"'):
            return self.quoted()
        plain = _PLAIN.match(self.text, self.at)
        if plain is None:
            return ""
        self.at = plain.end()
        return plain.group().strip()

    def quoted(self) -> str:
        said: list[str] = []
        while not self.is_at_end:
            char = self.text[self.at]
            self.at += 1
            if char == '"':
                return "".join(said)
            if char == "\\" and not self.is_at_end:
                char = self.text[self.at]
                self.at += 1
            said.append(char)
        raise WhereError(_("A quoted value of the filter is not closed."))
