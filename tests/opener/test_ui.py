"""The template tags: what they say, and that they escape what comes from data."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.template import Context, Template, engines
from django.test import RequestFactory
from django.utils import timezone

from apps.accounts.models import Contact
from apps.activities.models import Activity
from apps.users.models import User
from opener.ui import charts, moments, words

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday


def drawn(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with timezone.override("UTC"), time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NOW + timedelta(hours=2), "today 14:00"),
        (NOW + timedelta(days=1, hours=2), "tomorrow 14:00"),
        (NOW - timedelta(days=1), "yesterday 12:00"),
        (NOW + timedelta(days=3), "Fri 12:00"),
        (NOW - timedelta(days=6), "Wed 12:00"),
        (NOW + timedelta(days=7), "17 March"),
        (NOW - timedelta(days=400), "3 Feb 2025"),
        (date(2026, 3, 10), "today"),
        (date(2026, 3, 13), "Fri"),
    ],
)
def test_moments_are_said_as_people_say_them(value: date | datetime, expected: str) -> None:
    assert moments.spoken(value).replace("Mar", "March") == expected or moments.spoken(value) == expected


@pytest.mark.parametrize(
    ("apart", "expected"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=14), "2 weeks ago"),
        (timedelta(days=70), "2 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(days=-3), "in 3 days"),
        (timedelta(minutes=-30), "in 30 minutes"),
    ],
)
def test_how_long_ago(apart: timedelta, expected: str) -> None:
    assert moments.ago(NOW - apart) == expected


def test_a_moment_is_shown_in_the_current_time_zone_and_exact_on_hover() -> None:
    with timezone.override("America/New_York"):
        html = drawn("{{ at|moment }}", at=NOW)
    assert 'datetime="2026-03-10T12:00:00+00:00"' in html
    assert "today 08:00" in html
    assert "EDT" in html


def test_no_moment_is_a_dash_that_is_read_out() -> None:
    for source in ("{{ at|moment }}", "{{ at|ago }}", "{{ at|dash }}", "{{ at|money }}", "{{ at|percent }}"):
        assert "none" in drawn(source, at=None)


def test_zero_is_not_nothing() -> None:
    assert drawn("{{ n|dash }}", n=0) == "0"
    assert drawn("{{ n|percent }}", n=0) == "0%"


@pytest.mark.parametrize("rung", words.RUNGS)
def test_the_meter_is_filled_as_far_as_the_rung_and_outlines_the_next(rung: str) -> None:
    html = drawn("{% rung_meter rung %}", rung=rung)
    at = list(words.RUNGS).index(rung)
    assert html.count("<rect") == 6
    assert html.count('class="on"') == at + 1
    assert html.count('class="next"') == (0 if rung == "opened" else 1)
    assert f"{words.RUNGS[rung]}, rung {at + 1} of 6" in html


def test_the_meter_says_parked_and_ruled_out() -> None:
    parked = drawn("{% rung_meter it word=True %}", it=SimpleNamespace(rung="engaged", is_parked=True))
    assert "Parked. Engaged, rung 3 of 6" in parked
    assert 'class="next"' not in parked
    assert "Ruled out" in drawn("{% rung_meter it %}", it=SimpleNamespace(rung="met", is_ruled_out=True))


def chip(**fields: object) -> str:
    return drawn("{% next_chip it %}", it=SimpleNamespace(**fields))


def test_the_next_chip_says_what_when_and_their_time() -> None:
    html = chip(
        next_touch_at=NOW + timedelta(hours=2), next_touch_channel="call", time_zone_name="America/New_York"
    )
    assert "Call · today 14:00" in html
    assert "(10:00 there)" in html
    assert "next-soon" in html


def test_the_next_chip_names_the_day_there_where_it_is_another() -> None:
    html = chip(
        next_touch_at=NOW + timedelta(hours=9), next_touch_channel="email", time_zone_name="Asia/Tokyo"
    )
    assert "(Wed 6:00 there)" in html


@pytest.mark.parametrize("zone", ["", "UTC", "Europe/London", "Nowhere/Land", "../etc/passwd"])
def test_the_next_chip_keeps_quiet_about_the_same_or_an_unknown_zone(zone: str) -> None:
    html = chip(next_touch_at=NOW + timedelta(hours=2), next_touch_channel="call", time_zone_name=zone)
    assert "there" not in html


def test_the_next_chip_says_overdue_in_words_too_once_the_day_is_over() -> None:
    html = chip(next_touch_at=NOW - timedelta(days=1), next_touch_channel="email")
    assert "next-late" in html
    assert "overdue" in html
    assert "overdue" not in chip(next_touch_at=NOW - timedelta(minutes=1), next_touch_channel="email")


def test_the_next_chip_of_a_touch() -> None:
    contact = SimpleNamespace(time_zone_name="Asia/Tokyo")
    html = chip(due_at=NOW + timedelta(hours=1), channels=["call", "voicemail"], contact=contact)
    assert "Call + voicemail · today 13:00" in html
    assert "22:00 there" in html


def test_nothing_planned() -> None:
    assert "Nothing planned" in chip(next_touch_at=None, next_touch_channel="")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada King-Noel", "AK"),
        ("Ada Lovelace", "AL"),
        ("Ada Maria Lovelace", "AL"),
        ("siemens", "S"),
        ("", "?"),
        ("ada.lovelace@x.test", "AT"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert words.initials(name) == expected


@pytest.mark.parametrize("source", ["{{ p|initials }}", "{% avatar p %}", "{% avatar p name=True %}"])
def test_people_are_escaped(source: str) -> None:
    assert "<script" not in drawn(source, p=SimpleNamespace(name="<script>alert(1)</script> <b>"))


def test_everything_else_from_data_is_escaped() -> None:
    bad = '"><img src=x>'
    for source in (
        "{% next_chip it %}", "{% rung_meter it %}", "{% tier bad %}", "{% intent_badge bad %}", "{{ bad|dash }}",
        "{{ bad|channel_label }}", "{% icon 'phone' label=bad %}", "{% meter 1 2 label=bad %}", "{{ bad|sentence }}",
    ):  # fmt: skip
        it = SimpleNamespace(next_touch_at=NOW, next_touch_channel=bad, rung=bad, time_zone_name=bad)
        assert "<img" not in drawn(source, it=it, bad=bad), source


def test_channels_and_kinds_have_icons_that_exist() -> None:
    for channel in words.CHANNELS:
        assert "<svg" in drawn("{% channel_icon c %}", c=channel)
    for kind in [*words.KINDS, "unheard_of"]:
        assert "<svg" in drawn("{% kind_icon k %}", k=kind)
    assert drawn("{{ c|channel_label }}", c="call,voicemail+email") == "Call + voicemail + email"


def test_icons_are_hidden_from_screen_readers_unless_they_say_something() -> None:
    assert 'aria-hidden="true"' in drawn("{% icon 'phone' %}")
    assert '<span class="visually-hidden">Phone</span>' in drawn("{% icon 'phone' label='Phone' %}")


def test_give_and_ask_have_a_letter() -> None:
    assert ">G<" in drawn("{% intent_badge 'give' %}")
    assert 'aria-label="Ask"' in drawn("{% intent_badge 'ask' letter=True %}")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (12_400, "EUR", "€12,400"),
        (12_400, "CHF", "CHF 12,400"),
        (-5, "USD", "-$5"),
        (0, "", "0"),
        (1_234_567.8, "GBP", "£1,234,568"),
    ],
)
def test_money(amount: float, currency: str, expected: str) -> None:
    assert words.money(amount, currency) == expected


def test_shares_and_percentages() -> None:
    assert drawn("{{ 12|share:48 }}") == "12 of 48"
    assert drawn("{{ p|percent }}", p=0.254) == "25%"
    assert drawn("{{ p|percent:1 }}", p=0.254) == "25.4%"


def test_bars_start_at_zero_and_stay_within_their_ground() -> None:
    assert 'width="25.00%"' in charts.bar(12, 48)
    assert 'width="0.00%"' in charts.bar(5, 0)
    assert 'width="100.00%"' in charts.bar(9, 3)


def test_the_funnel_says_each_number() -> None:
    steps = [
        {
            "rung": "targeted",
            "label": "Targeted",
            "count": 40,
            "url": "/x/?rung=targeted",
            "conversion": None,
        },
        {"rung": "touched", "label": "Touched", "count": 10, "url": "", "conversion": 0.25},
    ]
    html = drawn("{% funnel steps %}", steps=steps)
    assert 'href="/x/?rung=targeted"' in html
    assert 'width="25.00%"' in html
    assert "25%" in html


def test_the_chart_by_week_has_its_table() -> None:
    weeks = [
        {"start": date(2026, 3, 2), "first": 3, "second": 1},
        {"start": date(2026, 3, 9), "first": 0, "second": 0},
    ]
    html = drawn("{% week_chart weeks label='By week' first='Commitments' second='Openings' %}", weeks=weeks)
    assert '<td class="num">3</td>' in html
    assert html.count("<rect") == 2, "a bar for each number above zero"


def test_a_chart_of_nothing_is_drawn() -> None:
    assert "<svg" in drawn("{% week_chart weeks label='By week' first='Openings' %}", weeks=[])
    assert "funnel" in drawn("{% funnel steps %}", steps=[])


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 3), (5, 6), (12, 15), (37, 40), (980, 1000)])
def test_the_axis_ends_at_a_whole_line(most: int, top: int) -> None:
    assert charts.weeks([{"start": NOW.date(), "first": most}])["lines"][-1]["value"] == top


def test_the_title_of_a_page_is_its_heading() -> None:
    page = engines["django"].from_string(
        '{% extends "base_signed_out.html" %}{% block title %}Lists of {{ who }}{% endblock %}'
    )
    html = page.render({"who": "<Ada>"})
    assert "<h1>Lists of &lt;Ada&gt;</h1>" in html
    assert "<title>Lists of &lt;Ada&gt; · Opener</title>" in html


def test_sorting_turns_round() -> None:
    assert drawn("{{ 'name'|next_sort:'name' }}") == "-name"
    assert drawn("{{ '-name'|next_sort:'name' }}") == "name"
    assert drawn("{{ '-name'|aria_sort:'name' }}") == ' aria-sort="descending"'
    assert drawn("{{ '-name'|aria_sort:'tier' }}") == ""


def activity(**fields: Any) -> Activity:
    row: dict[str, Any] = {
        "kind": "touch",
        "channels": ["call"],
        "outcome": "no_answer",
        "intent": "ask",
        "at": NOW,
    }
    return Activity(
        by=User(pk=1, name="Mei"), contact=Contact(pk=1, first_name="Ada", last_name="Ito"), **(row | fields)
    )


def test_an_activity_says_what_happened_with_whom_and_by_whom() -> None:
    html = drawn("{% activity a %}", a=activity())
    assert "Call: no answer" in html
    assert "Ada Ito" in html
    assert "Mei" in html
    assert "event-ask" in html


def test_a_long_text_of_an_activity_is_folded_and_escaped() -> None:
    html = drawn("{% activity a %}", a=activity(body="<b>long</b> " * 60))
    assert "<details" in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("nav", "path", "expected"),
    [
        ("accounts", "/accounts/", "accounts"),
        ("accounts", "/contacts/3/", "contacts"),
        ("imports", "/imports/", "dreamclients"),
        ("pipeline", "/settings/pipeline/", "settings"),
        ("pipeline", "/pipeline/", "pipeline"),
        ("users", "/welcome/", "settings"),
    ],
)
def test_each_page_belongs_to_a_place(nav: str, path: str, expected: str) -> None:
    assert drawn("{% place %}", nav=nav, request=RequestFactory().get(path)) == expected
