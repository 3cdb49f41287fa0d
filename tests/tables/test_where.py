"""The language of filters: what is written is read again, and nonsense is a WhereError and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tables.where import Condition, Group, WhereError, parse, write

NAMES = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z")
VALUES = st.text(min_size=0, max_size=12).filter(lambda text: "\x00" not in text)
CONDITIONS = st.builds(
    Condition,
    NAMES.filter(lambda name: name not in ("and", "or")),
    NAMES,
    st.lists(VALUES, max_size=3).map(tuple),
)
INNER = st.builds(
    Group, st.sampled_from(["and", "or"]), st.lists(CONDITIONS, min_size=1, max_size=3).map(tuple)
)
GROUPS = st.builds(
    Group,
    st.sampled_from(["and", "or"]),
    st.lists(st.one_of(CONDITIONS, INNER), min_size=2, max_size=4).map(tuple),
)


@given(GROUPS)
def test_what_is_written_is_read_again(group: Group) -> None:
    assert parse(write(group)) == group


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_is_refused(text: str) -> None:
    try:
        group = parse(text)
    except WhereError:
        return
    assert parse(write(group)) == group


@given(st.text(alphabet='atier.isor(),"\\A1 ', max_size=40))
def test_nearly_filters_are_read_or_refused(text: str) -> None:
    try:
        group = parse(text)
    except WhereError:
        return
    assert parse(write(group)) == group


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("tier.is.A", (Condition("tier", "is", ("A",)),)),
        ("tier.is.(A,B)", (Condition("tier", "is", ("A", "B")),)),
        ("owner.empty", (Condition("owner", "empty"),)),
        ('name.has."a, (b)"', (Condition("name", "has", ("a, (b)",)),)),
        ('name.has."say \\"no\\""', (Condition("name", "has", ('say "no"',)),)),
        ("domain.is.example.com", (Condition("domain", "is", ("example.com",)),)),
    ],
)
def test_how_it_reads(text: str, parts: tuple[Condition, ...]) -> None:
    assert parse(text).parts == parts


@pytest.mark.parametrize(
    "text",
    ["tier", "tier.is.(A", "or(tier.is.A", 'name.has."x', "a.is.1,,", ".is.A", "x" * 5000, "or()", "or(),or()", "tier.is.A,and(or())",
     "or(or(or(or(a.is.1))))", ",".join(["a.is.1"] * 41), "a.is.1)", "é.is.1"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(text: str) -> None:
    with pytest.raises(WhereError, match=r"[.]"):
        parse(text)


def test_a_group_of_nothing_asks_nothing_and_is_not_written() -> None:
    nothing = Group("or", (Group("or"), Group("and", (Group("or"),))))
    tier = Condition("tier", "is", ("A",))
    assert not nothing
    assert write(nothing) == ""
    assert write(Group("or", (tier, Group("and")))) == "or(tier.is.A)"
