"""The demo's rows hold what the services would have held: independent queries say so."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Account, Contact, ContactEmail
from apps.activities.models import Activity
from apps.demo.load import Size, load
from apps.dreamclients.models import DreamClient, Rung
from apps.mail.models import OutboundEmail
from apps.meetings.models import Meeting
from apps.pipeline.models import Opening, Opportunity
from apps.sequences import engine
from apps.sequences.models import Enrollment, Touch
from apps.sequences.services import refresh_next_touch
from apps.users.models import Organisation, User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
SIZE = Size(accounts=240, reps=6)


@pytest.fixture
def demo() -> None:
    load(size=SIZE, seed=7, now=NOW)


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def last_touch_before(at: str, account: str) -> str:
    return (
        "(select max(t.at) from activities_activity t where t.kind = 'touch' "
        f"and t.account_id = {account} and t.at <= {at})"
    )


def test_every_reference_leads_somewhere(demo: None) -> None:
    connection.check_constraints()


def test_the_rung_is_the_highest_that_was_reached(demo: None) -> None:
    height = {rung.value: rung.height for rung in Rung}
    reached = defaultdict(list)
    for dream_client, rung, at in rows("select dream_client_id, rung, at from dreamclients_rungreached"):
        reached[dream_client].append((height[rung], at))
    for dream_client in DreamClient.objects.all():
        steps = sorted(reached[dream_client.pk])
        assert steps[0] == (0, dream_client.targeted_at)
        assert steps[-1] == (height[dream_client.rung], dream_client.rung_at)
        assert [at for _height, at in steps] == sorted(at for _height, at in steps)
    assert {dream_client.rung for dream_client in DreamClient.objects.all()} == set(Rung.values)


def test_a_rung_was_made_by_what_happened_then_and_names_the_touch_before(demo: None) -> None:
    kinds = {
        "targeted": "targeted", "touched": "touch", "engaged": "touch reply", "time_committed": "meeting_booked",
        "met": "meeting_held", "opened": "opening",
    }  # fmt: skip
    found = rows(
        "select r.rung, a.kind, r.at = a.at, a.account_id = d.account_id, t.at, "
        f"{last_touch_before('r.at', 'd.account_id')} from dreamclients_rungreached r "
        "join activities_activity a on a.id = r.cause_id join dreamclients_dreamclient d on d.id = r.dream_client_id "
        "left join activities_activity t on t.id = r.touch_id"
    )
    for rung, kind, same_moment, same_account, touch_at, expected in found:
        assert kind in kinds[rung].split()
        assert same_moment
        assert same_account
        assert touch_at == (None if rung == "targeted" else expected)


def test_what_a_dream_client_says_of_its_touches_is_so(demo: None) -> None:
    assert not rows(
        "select d.id from dreamclients_dreamclient d join dreamclients_dreamclientlist l on l.id = d.list_id "
        f"where d.last_touch_at is distinct from {last_touch_before("'infinity'", 'd.account_id')} "
        "or d.cold_at <> coalesce(d.last_touch_at, d.targeted_at) + make_interval(days => "
        "case d.tier when 'A' then l.cadence_a when 'B' then l.cadence_b else l.cadence_c end)"
    )
    assert not rows(
        "select d.id, d.next_touch_at from dreamclients_dreamclient d left join lateral (select due_at, channels from "
        "sequences_touch t where t.account_id = d.account_id and t.state in ('planned', 'due') "
        "order by due_at, id limit 1) t on true where d.next_touch_at is distinct from t.due_at "
        "or d.next_touch_channel <> coalesce(t.channels[1], '')"
    )


def test_nothing_has_happened_yet_that_lies_ahead(demo: None) -> None:
    assert not Activity.objects.filter(at__gt=NOW).exists()
    assert not Touch.objects.filter(done_at__gt=NOW).exists()
    assert not Touch.objects.open().filter(is_automatic=True, due_at__lt=NOW).exists()
    assert not Activity.objects.touches().exclude(touch__state="done").exists()
    assert not rows(
        "select t.id from sequences_touch t join activities_activity a on a.id = t.activity_id "
        "where t.done_at <> a.at or t.account_id <> a.account_id or t.contact_id <> a.contact_id "
        "or t.outcome <> a.outcome or (a.data ->> 'touch')::bigint <> t.id"
    )


def test_caps_hold_in_all_of_the_history(demo: None) -> None:
    caps = Organisation.current()
    by_contact: dict[int, list[date]] = defaultdict(list)
    by_account: dict[int, list[date]] = defaultdict(list)
    for contact, account, zone, at in rows(
        "select a.contact_id, a.account_id, c.time_zone, a.at from activities_activity a "
        "join accounts_account c on c.id = a.account_id where a.kind = 'touch'"
    ):
        day = at.astimezone(ZoneInfo(zone)).date()
        by_contact[contact].append(day)
        by_account[account].append(day)
    for days in by_contact.values():
        assert len(days) == len(set(days))
        assert most_in_a_week(days) <= caps.contact_week_cap
    assert max(map(most_in_a_week, by_account.values())) <= caps.account_week_cap
    per_owner = rows(
        "select count(*) from dreamclients_dreamclient where owner_id is not null group by owner_id"
    )
    assert max(count for (count,) in per_owner) <= caps.book_cap


def most_in_a_week(days: list[date]) -> int:
    return max(sum(day <= other < day + timedelta(days=7) for other in days) for day in days)


def test_who_is_on_the_way_has_one_step_ahead_and_who_is_not_has_none(demo: None) -> None:
    open_touches = dict(
        rows(
            "select enrollment_id, count(*) from sequences_touch where state = 'planned' group by enrollment_id"
        )
    )
    for enrollment in Enrollment.objects.all():
        assert open_touches.get(enrollment.pk, 0) == (1 if enrollment.is_running else 0)
    assert not rows(
        "select account_id from sequences_enrollment where state = 'active' group by account_id having count(*) > 2"
    )
    assert not Enrollment.objects.filter(ended_at__lt=timezone.now() - timedelta(days=400)).exists()


def test_whoever_opted_out_or_bounced_was_left_alone(demo: None) -> None:
    silenced = rows("select contact_id, at from activities_activity where kind in ('opted_out', 'bounce')")
    assert silenced
    for contact, at in silenced:
        assert not Activity.objects.touches().filter(contact=contact, at__gt=at).exists()
        assert not Touch.objects.open().filter(contact=contact).exists()


def test_openings_are_those_of_created_opportunities(demo: None) -> None:
    created = Opportunity.objects.filter(origin="created")
    assert set(created.values_list("pk", flat=True)) == set(
        Opening.objects.values_list("opportunity", flat=True)
    )
    opened = DreamClient.objects.filter(rung=Rung.OPENED).values_list("pk", flat=True)
    assert set(opened) == set(Opening.objects.values_list("dream_client", flat=True))
    assert Opportunity.objects.filter(origin="captured").exists()
    assert Opportunity.objects.open().stalled(NOW.date()).exists()
    for opportunity in Opportunity.objects.prefetch_related("commitments__stage"):
        commitments = list(opportunity.commitments.all())
        assert sum(one.is_skipped for one in commitments) == opportunity.skipped
        if opportunity.stage.kind != "lost":
            assert max(one.stage.position for one in commitments) == opportunity.stage.position


def test_nobody_real_can_be_written_to(demo: None) -> None:
    addresses = [
        *ContactEmail.objects.values_list("address", flat=True),
        *User.objects.values_list("email", flat=True),
    ]
    domains = [
        *Account.objects.values_list("domain", flat=True),
        *(one.partition("@")[2] for one in addresses),
    ]
    assert len(addresses) > 200
    assert all(domain.endswith((".example", ".test")) for domain in domains if domain)


def test_the_rep_has_a_day_ahead(demo: None) -> None:
    rep = User.objects.get(email="rep@demo.test")
    assert rep.check_password("opener-demo")
    until = NOW + timedelta(hours=15)
    due = Touch.objects.open().filter(owner=rep, due_at__lt=until)
    assert 10 <= due.count() <= 25
    assert {"call", "email"} <= {touch.channel for touch in due.manual()}
    assert due.filter(is_automatic=True, due_at__gt=NOW).exists()
    assert Meeting.objects.filter(
        owner=rep, state="booked", starts_at__date=NOW.date() + timedelta(days=1)
    ).exists()
    manager = User.objects.get(email="manager@demo.test")
    assert manager.led_team_ids == rep.team_ids


def test_the_same_seed_tells_the_same_and_another_something_else() -> None:
    def told(seed: int) -> list[tuple[Any, ...]]:
        with transaction.atomic():
            load(size=Size(accounts=60, reps=3), seed=seed, now=NOW)
            connection.check_constraints()
            result = rows(
                "select c.name, a.at, a.kind, a.subject, a.body, u.name from activities_activity a "
                "join accounts_account c on c.id = a.account_id left join users_user u on u.id = a.by_id order by a.id"
            )
            result += rows(
                "select c.name, d.rung, d.tier, d.cold_at, d.why_change, t.due_at from dreamclients_dreamclient d "
                "join accounts_account c on c.id = d.account_id "
                "left join sequences_touch t on t.dream_client_id = d.id order by d.id, t.id"
            )
            transaction.set_rollback(True)
        return result

    first = told(3)
    assert len(first) > 300
    assert told(3) == first
    assert told(4) != first


def test_on_a_weekend_as_well(settings: Any) -> None:
    saturday = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    load(size=Size(accounts=60, reps=3), seed=1, now=saturday)
    assert not Activity.objects.filter(at__gt=saturday).exists()
    rep = User.objects.get(email="rep@demo.test")
    assert Touch.objects.open().filter(owner=rep, due_at__lt=saturday).count() > 4


def test_the_command_leaves_a_database_alone_that_somebody_uses() -> None:
    call_command("demo", "--accounts", "20", "--reps", "3", stdout=StringIO())
    accounts = Account.objects.count(), Contact.objects.count()
    assert accounts[0] == 20
    call_command("demo", "--if-empty", stdout=StringIO())
    with pytest.raises(CommandError, match="already"):
        call_command("demo", stdout=StringIO())
    assert (Account.objects.count(), Contact.objects.count()) == accounts


def test_the_engine_goes_on_from_it(demo: None) -> None:
    later = NOW + timedelta(hours=2)
    due = Touch.objects.open().filter(is_automatic=True, due_at__lte=later).count()
    assert due > 6
    engine.tick(now=later)
    assert OutboundEmail.objects.count() == due
    assert not Touch.objects.filter(state__in=["failed", "skipped"]).exists()
    engine.tick(now=later)
    assert OutboundEmail.objects.count() == due


def test_the_product_itself_finds_the_same_next_touch(demo: None) -> None:
    columns = ("pk", "next_touch_at", "next_touch_channel")
    before = set(DreamClient.objects.values_list(*columns))
    refresh_next_touch(Account.objects.values_list("pk", flat=True))
    assert set(DreamClient.objects.values_list(*columns)) == before
