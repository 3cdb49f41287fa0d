"""Every metric against an oracle that computes it a second time, over random histories, for every role."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from apps.activities.models import Activity
from apps.metrics.definitions import METRICS
from apps.metrics.definitions.cohorts import cohorts
from apps.metrics.definitions.rungs import funnel
from apps.metrics.definitions.touches import by_channel
from apps.metrics.figures import ADDITIVE, NOT_ADDITIVE, OF_THE_LOG, figures, weeks
from apps.metrics.filters import Filters, read_filters
from apps.metrics.periods import Period
from apps.users.models import Membership, Organisation, User
from tests.factories import make_account, make_activity, make_contact, make_team, make_user
from tests.metrics.history import World, make_world
from tests.metrics.oracle import Oracle

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 17, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module", params=[(1, "America/Los_Angeles"), (2, "Pacific/Auckland")])
def world(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    from django.db import transaction

    seed, tz = request.param
    with django_db_blocker.unblock(), transaction.atomic():
        Organisation.objects.update_or_create(pk=1, defaults={"time_zone": tz})
        yield make_world(seed, NOW)
        transaction.set_rollback(True)


def people(world: World) -> dict[str, User]:
    """One of each role; a manager who also has rows of their own in another team."""
    manager = User.objects.get(pk=world.reps[2].pk)
    Membership.objects.filter(user=manager).update(role="manager")
    admin = User.objects.get_or_create(email="admin@opener.test", defaults={"name": "Ada", "is_admin": True})[
        0
    ]
    return {
        "admin": admin,
        "manager": User.objects.get(pk=manager.pk),
        "rep": User.objects.get(pk=world.reps[0].pk),
    }


def asked(user: User, **chosen: Any) -> Filters:
    tz = Organisation.objects.get().time_zone
    period = Period(chosen.pop("first", date(2026, 1, 10)), chosen.pop("last", date(2026, 5, 20)), tz)
    return Filters(user=user, period=period, now=NOW, currency="USD", **chosen)


def oracle(world: World, user: User, period: Period, chosen: dict[str, Any]) -> Oracle:
    names = {"list": "of_list"}
    given = {names.get(name, name): value for name, value in chosen.items() if name not in ("first", "last")}
    return Oracle(world.tables, user, period.first, period.last, NOW, **given)


def choices(world: World) -> list[dict[str, Any]]:
    return [
        {},
        {"first": date(2025, 12, 1), "last": date(2026, 6, 17)},
        {"team": world.teams[2].pk},
        {"rep": world.reps[2].pk},
        {"list": world.lists[1].pk},
        {"tier": "A", "industry": "energy"},
        {"first": date(2026, 3, 1), "last": date(2026, 3, 1)},
    ]


@pytest.mark.parametrize("slug", METRICS)
@pytest.mark.parametrize("role", ["admin", "manager", "rep"])
def test_the_figure_and_its_rows_are_the_oracles(world: World, role: str, slug: str) -> None:
    user = people(world)[role]
    for chosen in choices(world):
        filters = asked(user, **chosen)
        period = filters.period
        value, rows = oracle(world, user, period, chosen).value(slug)
        figure = METRICS[slug].value(filters)
        assert figure.value == (pytest.approx(value) if value is not None else None), chosen
        assert figure.rows == rows, chosen
        listed = list(METRICS[slug].rows(filters))
        assert len({row.pk for row in listed}) == len(listed) == rows, chosen


@pytest.mark.parametrize("role", ["admin", "manager", "rep"])
def test_figures_side_by_side_are_the_figures_one_by_one(world: World, role: str) -> None:
    user = people(world)[role]
    for chosen in choices(world):
        filters = asked(user, **chosen)
        found = figures(filters, by_rep=True)
        before = asked(
            user, **{**chosen, "first": filters.period.before.first, "last": filters.period.before.last}
        )
        assert set(found.now) == {*ADDITIVE, *NOT_ADDITIVE, *OF_THE_LOG}
        for slug, figure in found.now.items():
            assert figure == METRICS[slug].value(filters), slug
            assert found.before[slug] == METRICS[slug].value(before), slug
        for rep, row in found.by_rep.items():
            if rep is None or chosen.get("rep") not in (None, rep):
                continue
            for slug, figure in row.items():
                assert figure == METRICS[slug].value(filters.of_rep(rep)), (rep, slug)


def test_every_metric_is_shown_somewhere() -> None:
    elsewhere = {slug for slug in METRICS if slug.startswith(("rung-", "opening-rate-"))}
    assert {*ADDITIVE, *NOT_ADDITIVE, *OF_THE_LOG} | elsewhere == set(METRICS)


def test_the_cohorts_are_the_figures_of_their_months(world: World) -> None:
    for user in people(world).values():
        filters = asked(user, first=date(2026, 4, 10), last=date(2026, 5, 20))
        found = cohorts(filters)
        assert [cohort.period.first for cohort in found] == [
            date(2026, month, 1) for month in (5, 4, 3, 2, 1)
        ] + [date(2025, 12, 1)]
        for cohort in found:
            alone = asked(user, first=cohort.period.first, last=cohort.period.last)
            for metric, figure in cohort.rates:
                assert figure == metric.value(alone)


@pytest.mark.parametrize("role", ["admin", "manager", "rep"])
def test_the_funnel_is_the_oracles(world: World, role: str) -> None:
    user = people(world)[role]
    for chosen in choices(world):
        filters = asked(user, **chosen)
        told = oracle(world, user, filters.period, chosen)
        for step in funnel(filters):
            assert step.reached == len(told.rungs(step.rung))
            days = told.days_on(step.rung)
            assert step.median_days == (pytest.approx(days) if days is not None else None)
            if step.rung != "opened" and step.reached:
                assert step.conversion == pytest.approx(told.value(f"rung-{step.rung}")[0])


def test_the_weeks_add_up_to_the_period(world: World) -> None:
    user = people(world)["admin"]
    filters = asked(user, first=date(2026, 1, 12), last=date(2026, 5, 20))
    found = weeks(filters)
    assert [week.start.weekday() for week in found] == [0] * len(found)
    assert found[-1].period.last == date(2026, 5, 20)
    assert sum(week.commitments for week in found) == METRICS["first-commitments"].value(filters).value
    assert sum(week.openings for week in found) == METRICS["openings"].value(filters).value
    for week in found:
        alone = asked(user, first=week.period.first, last=week.period.last)
        assert week.commitments == METRICS["first-commitments"].value(alone).value
    assert len(weeks(asked(user, first=date(2026, 5, 18), last=date(2026, 5, 20)))) == 12


def test_what_a_rep_may_know_of_the_team_is_its_sum_and_no_row(world: World) -> None:
    rep = people(world)["rep"]
    admin = people(world)["admin"]
    teams = tuple(rep.team_ids)
    assert len(teams) == 2
    sums = asked(rep).of_teams(teams)
    for slug, metric in METRICS.items():
        assert metric.value(sums) == metric.value(asked(admin).of_teams(teams)), slug
        with pytest.raises(PermissionDenied):
            metric.rows(sums)
        metric.rows(asked(admin).of_teams(teams))


def test_a_combo_counts_on_each_of_its_channels() -> None:
    admin = make_user(is_admin=True)
    account = make_account()
    Organisation.objects.update_or_create(pk=1, defaults={"time_zone": "UTC"})
    for channels in (["call", "voicemail"], ["call"], ["email"]):
        make_activity(account, channels=channels, at=datetime(2026, 5, 5, 9, tzinfo=UTC))
    make_activity(account, channels=["call"], at=datetime(2026, 6, 5, 9, tzinfo=UTC))
    filters = asked(admin, first=date(2026, 5, 5), last=date(2026, 5, 5))
    assert METRICS["touches"].value(filters).value == 3
    assert by_channel(filters) == [("call", 2), ("email", 1), ("voicemail", 1)]


def test_days_are_those_of_the_organisation() -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tokyo"})
    admin = make_user(is_admin=True)
    contact = make_contact(email="")
    # Tokyo is nine hours ahead: its 5 May begins at 15:00 UTC of the 4th.
    for at in (datetime(2026, 5, 4, 14, 59, tzinfo=UTC), datetime(2026, 5, 4, 15, 0, tzinfo=UTC)):
        make_activity(contact.account, kind=Activity.Kind.REPLY, contact=contact, at=at)
    make_activity(contact.account, at=datetime(2026, 5, 5, 14, 59, 59, tzinfo=UTC))
    make_activity(contact.account, at=datetime(2026, 5, 5, 15, 0, tzinfo=UTC))
    filters = asked(admin, first=date(2026, 5, 5), last=date(2026, 5, 5))
    assert METRICS["touches"].value(filters).value == 1
    assert METRICS["conversations"].value(filters).value == 1
    both = asked(admin, first=date(2026, 5, 4), last=date(2026, 5, 5))
    assert METRICS["conversations"].value(both).value == 2


def test_a_day_of_25_hours_is_one_day() -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    admin = make_user(is_admin=True)
    account = make_account()
    # Clocks go back on 25 October 2026: the day lasts from 22:00 UTC of the 24th to 23:00 UTC of the 25th.
    for hours in (0, 24.99):
        make_activity(account, at=datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=hours))
    filters = asked(admin, first=date(2026, 10, 25), last=date(2026, 10, 25))
    assert METRICS["touches"].value(filters).value == 2


def test_an_outsider_who_manages_sees_nothing_of_another_team() -> None:
    ours, theirs = make_team(), make_team()
    rep = make_user("Rep", team=ours)
    outsider = make_user("Out", team=theirs, role="manager")
    make_activity(make_account(team=ours), by=rep, at=NOW)
    filters = asked(outsider, last=date(2026, 6, 17))
    assert METRICS["touches"].value(filters).value == 0
    assert not METRICS["touches"].rows(filters).exists()
    from django.http import Http404

    with pytest.raises(Http404):
        read_filters(QueryDict(f"team={ours.pk}"), user=outsider)
    assert not METRICS["touches"].rows(asked(outsider, last=date(2026, 6, 17), rep=rep.pk)).exists()


def test_a_colleague_who_is_no_manager_cannot_ask_for_another_rep() -> None:
    from django.http import Http404

    team = make_team()
    one, other = make_user("One", team=team), make_user("Other", team=team)
    assert read_filters(QueryDict(""), user=one).rep == one.pk
    with pytest.raises(Http404):
        read_filters(QueryDict(f"rep={other.pk}"), user=one)
    with pytest.raises(Http404):
        read_filters(QueryDict(f"team={team.pk}"), user=one)


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", date(2026, 5, 19), date(2026, 6, 17)),
        ("period=month", date(2026, 6, 1), date(2026, 6, 17)),
        ("period=quarter", date(2026, 4, 1), date(2026, 6, 17)),
        ("first=2026-02-01&last=2026-02-28", date(2026, 2, 1), date(2026, 2, 28)),
        ("first=2026-02-28&last=2026-02-01", date(2026, 5, 19), date(2026, 6, 17)),
        ("first=yesterday&last=2026-02-01", date(2026, 5, 19), date(2026, 6, 17)),
        ("period=custom&tier=Z&industry=x&list=abc&team=-1", date(2026, 5, 19), date(2026, 6, 17)),
    ],
)
def test_the_address_says_the_period_and_nonsense_is_the_last_30_days(
    query: str, first: date, last: date
) -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"time_zone": "UTC"})
    filters = read_filters(QueryDict(query), user=make_user(is_admin=True), now=NOW)
    assert (filters.period.first, filters.period.last) == (first, last)
    again = read_filters(QueryDict(filters.query()[1:]), user=filters.user, now=NOW)
    assert (again.period, again.tier, again.list) == (filters.period, "", None)
