"""Today: what is in the queue, in which order, at what cost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Activity, Channel
from apps.sequences.models import Touch
from apps.today.queue import Desk, lateness
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = make.A_TUESDAY
URL = "/"


@pytest.fixture
def team() -> Team:
    return make.make_team()


@pytest.fixture
def rep(client: Client, team: Team) -> User:
    rep = make.make_user("Ann Berg", team=team)
    client.force_login(rep)
    return rep


def touch(rep: User, *, tier: str = "B", zone: str = "UTC", **fields: object) -> Touch:
    dream_client = make.make_dream_client(owner=rep, tier=tier)
    contact = make.make_contact(dream_client.account, time_zone=zone)
    fields.setdefault("due_at", NOW - timedelta(hours=1))
    return make.make_touch(contact, owner=rep, dream_client=dream_client, **fields)  # type: ignore[arg-type]


def order(rep: User, now: datetime = NOW) -> list[Touch]:
    return [line.touch for line in Desk(rep, rep, now).queue().lines]


class TestTouches:
    def test_calls_first_while_it_is_business_hours_there(self, rep: User) -> None:
        email = touch(rep, tier="A", channel=Channel.EMAIL)
        asleep = touch(rep, tier="A", zone="Asia/Tokyo")
        awake = touch(rep, tier="C", zone="America/New_York")
        assert order(rep) == [awake, email, asleep]

    def test_the_zone_of_the_account_counts_where_the_contact_has_none(self, rep: User) -> None:
        asleep = touch(rep, zone="Asia/Tokyo")
        awake = touch(rep, zone="")
        awake.account.time_zone = "Europe/London"
        awake.account.save()
        assert order(rep) == [awake, asleep]

    def test_then_tiers_then_the_latest(self, rep: User) -> None:
        b_late = touch(rep, tier="B", due_at=NOW - timedelta(days=3))
        b_now = touch(rep, tier="B")
        a_now = touch(rep, tier="A")
        assert order(rep) == [a_now, b_late, b_now]

    def test_only_what_is_due_today(self, rep: User) -> None:
        tonight = touch(rep, due_at=NOW.replace(hour=23))
        touch(rep, due_at=NOW + timedelta(days=1))
        assert order(rep) == [tonight]

    def test_the_day_is_the_reps(self, team: Team) -> None:
        rep = make.make_user(team=team, time_zone="America/Los_Angeles")
        evening = touch(rep, due_at=datetime(2026, 3, 11, 2, 0, tzinfo=UTC))
        assert order(rep) == [evening], "19:00 on the same day there"

    def test_nothing_of_the_machines(self, rep: User) -> None:
        touch(rep, channel=Channel.AUTO_EMAIL)
        touch(rep, state=Touch.State.SKIPPED)
        touch(rep, state=Touch.State.DONE, done_at=NOW)
        assert order(rep) == []

    @pytest.mark.parametrize("status", ["paused", "archived"])
    def test_nothing_of_a_sequence_that_rests(self, rep: User, status: str) -> None:
        dream_client = make.make_dream_client(owner=rep)
        contact = make.make_contact(dream_client.account)
        sequence = make.make_sequence((Channel.CALL, 0), owner=rep)
        enrollment = make.make_enrollment(contact, sequence, dream_client)
        make.make_touch(contact, owner=rep, enrollment=enrollment, due_at=NOW - timedelta(hours=1))
        assert Desk(rep, rep, NOW).due_touches().count() == 1
        sequence.status = status
        sequence.save()
        assert Desk(rep, rep, NOW).due_touches().count() == 0

    def test_says_why_it_is_there(self, client: Client, rep: User) -> None:
        dream_client = make.make_dream_client(owner=rep)
        contact = make.make_contact(dream_client.account)
        sequence = make.make_sequence((Channel.CALL, 0), owner=rep, name="CFOs of the north")
        enrollment = make.make_enrollment(contact, sequence, dream_client)
        step = sequence.versions.get().steps.get()
        make.make_touch(contact, owner=rep, dream_client=dream_client, enrollment=enrollment, step=step)
        make.make_touch(contact, owner=rep, dream_client=dream_client, subject="Call back, as they asked")
        html = client.get(URL).content.decode()
        assert "CFOs of the north, step 1" in html
        assert "Call back, as they asked" in html

    def test_the_next_one_is_the_first(self, rep: User) -> None:
        first, second = touch(rep, tier="A"), touch(rep, tier="B")
        desk = Desk(rep, rep, NOW)
        assert desk.next_touch() == first
        assert desk.next_touch(apart_from=first.pk) == second


def test_lateness() -> None:
    assert lateness(NOW - timedelta(days=2), NOW, "UTC") == "2 days late"
    assert lateness(NOW - timedelta(minutes=2), NOW, "UTC") == "due now"
    assert lateness(NOW + timedelta(hours=2), NOW, "UTC") == ""


class TestOthers:
    def test_a_reply_waits_until_somebody_does_something(self, rep: User) -> None:
        dream_client = make.make_dream_client(owner=rep)
        reply = make.make_activity(
            dream_client.account, kind=Activity.Kind.REPLY, at=NOW - timedelta(hours=2)
        )
        assert Desk(rep, rep, NOW).waiting_replies() == [reply]
        make.make_activity(dream_client.account, kind="note", at=NOW - timedelta(hours=1))
        assert Desk(rep, rep, NOW).waiting_replies() == [reply]
        make.make_activity(dream_client.account, by=rep, at=NOW - timedelta(hours=1))
        assert Desk(rep, rep, NOW).waiting_replies() == []

    def test_not_the_replies_of_a_colleagues_book(self, rep: User, team: Team) -> None:
        dream_client = make.make_dream_client(owner=make.make_user("Bo", team=team))
        make.make_activity(dream_client.account, kind=Activity.Kind.REPLY, at=NOW)
        assert Desk(rep, rep, NOW).waiting_replies() == []

    def test_meetings_of_today_and_past_ones_without_an_answer(self, client: Client, rep: User) -> None:
        contact = make.make_contact()
        now = timezone.now()
        past = make.make_meeting(contact, owner=rep, starts_at=now - timedelta(days=3))
        make.make_meeting(contact, owner=rep, starts_at=now - timedelta(days=3), state="held")
        make.make_meeting(contact, owner=rep, starts_at=now + timedelta(days=3))
        assert Desk(rep, rep, now).open_meetings() == [past]
        html = client.get(URL).content.decode()
        assert "Was it held?" in html
        assert reverse("meetings:held", args=[past.pk]) in html

    def test_tasks(self, client: Client, rep: User, team: Team) -> None:
        make.make_task(rep, "Send the case", due_at=timezone.now() - timedelta(hours=1))
        make.make_task(rep, "Not yet", due_at=timezone.now() + timedelta(days=3))
        make.make_task(make.make_user("Bo", team=team), "Not mine")
        html = client.get(URL).content.decode()
        assert "Send the case" in html
        assert "Not yet" not in html
        assert "Not mine" not in html

    def test_going_cold_with_nothing_planned(self, rep: User) -> None:
        long_ago = NOW - timedelta(days=90)
        cold = make.make_dream_client(owner=rep, cold_at=long_ago)
        make.make_dream_client(owner=rep, cold_at=long_ago, next_touch_at=NOW + timedelta(days=1))
        make.make_dream_client(owner=rep, cold_at=NOW + timedelta(days=1))
        assert Desk(rep, rep, NOW).going_cold() == [cold]

    def test_done_today(self, client: Client, rep: User) -> None:
        make.make_activity(by=rep, at=timezone.now())
        make.make_activity(by=rep, at=timezone.now() - timedelta(days=2))
        page = client.get(URL)
        assert len(page.context["queue"].done) == 1

    def test_empty_says_what_to_do(self, client: Client, rep: User) -> None:
        html = client.get(URL).content.decode()
        assert "Nothing is due today" in html
        assert 'href="/lists/"' in html


class TestRep:
    def test_a_manager_looks_at_the_queue_of_a_rep(self, rep: User, team: Team) -> None:
        mine = touch(rep, due_at=timezone.now())
        manager = make.make_user("Mia", team=team, role="manager")
        client = Client()
        client.force_login(manager)
        page = client.get(URL, {"rep": rep.pk})
        assert [line.touch for line in page.context["queue"].lines] == [mine]
        assert client.get(URL, {"rep": "x"}).status_code == 404

    def test_as_far_as_their_team_reaches(self, rep: User, team: Team) -> None:
        other = make.make_team()
        rep.memberships.create(team=other)
        touch(rep, due_at=timezone.now(), team_id=other.pk)
        manager = make.make_user("Mia", team=team, role="manager")
        assert Desk(rep, manager, timezone.now()).queue().lines == []

    def test_reps_see_their_own(self, client: Client, rep: User, team: Team) -> None:
        colleague = make.make_user("Bo", team=team)
        assert client.get(URL, {"rep": colleague.pk}).status_code == 404
        assert client.get(reverse("today:next"), {"rep": colleague.pk}).status_code == 404


class TestCost:
    @pytest.fixture
    def thousand(self, rep: User) -> None:
        dream_client = make.make_dream_client(owner=rep)
        contacts = [
            make.make_contact(dream_client.account, time_zone=zone) for zone in ("", "UTC", "Asia/Tokyo")
        ]
        due = timezone.now() - timedelta(hours=30)
        Touch.objects.bulk_create(
            Touch(
                account=dream_client.account,
                contact=contacts[number % 3],
                dream_client=dream_client,
                owner=rep,
                team_id=rep.home_team_id,
                channels=[Channel.CALL],
                due_at=due + timedelta(minutes=number % 60),
            )
            for number in range(1000)
        )

    def test_queries_do_not_grow(self, client: Client, thousand: None) -> None:
        client.get(URL)
        with CaptureQueriesContext(connection) as caught:
            page = client.get(URL)
        assert len(caught) <= 12, "\n".join(query["sql"][:120] for query in caught)
        assert len(page.context["queue"].lines) == 50
        assert page.context["queue"].touches_left == 1000

    def test_the_pages_hold_every_touch_once(self, client: Client, thousand: None) -> None:
        cursor, seen = "", []
        for _page in range(21):
            page = client.get(URL, {"cursor": cursor} if cursor else {})
            seen += [line.touch.pk for line in page.context["queue"].lines]
            cursor = page.context["queue"].touches.next
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == 1000

    def test_more_is_a_part_of_the_page(self, client: Client, thousand: None) -> None:
        cursor = client.get(URL).context["queue"].touches.next
        headers = {"HX-Request": "true", "HX-Target": "section#touches"}
        html = client.get(URL, {"cursor": cursor}, headers=headers).content.decode()
        assert "<html" not in html
        assert html.count('class="queue-item') == 50
