"""The timeline of a record: its threads, its filters, and what is not on it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts.models import Contact
from apps.activities.files import add_file
from apps.activities.models import Activity
from apps.activities.notes import add_note
from apps.bin.services import throw_away_contacts
from apps.users.models import Team, User
from tests import factories as make
from tests.today.test_record import record, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


class TestTimeline:
    def test_emails_of_one_thread_are_folded_under_the_newest(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        carla, bert = (make.make_contact(account, first_name=name) for name in ("Carla", "Bert"))
        now = timezone.now()

        def email(contact: Contact, subject: str, days: int, **fields: Any) -> Activity:
            at = now - timedelta(days=days)
            fields.setdefault("kind", "touch")
            return make.make_activity(
                account, by=rep, contact=contact, subject=subject, at=at, channels=["email"], **fields
            )

        first = email(carla, "A figure", 9, body="Hello")
        email(carla, "RE: Fwd: a  figure", 7, body="And?\n> Hello")
        email(bert, "A figure", 6)
        email(carla, "Something else", 5)
        make.make_activity(
            account, kind="reply", by=rep, contact=carla, at=now, body="Yes", data={"answers": first.pk}
        )
        make.make_activity(account, by=rep, contact=carla, subject="A figure", at=now - timedelta(days=8))
        answer = signed_in(rep).get(record(account))
        entries = answer.context["entries"]
        assert [(entry.activity.kind, len(entry.earlier)) for entry in entries] == [
            ("reply", 2), ("touch", 0), ("touch", 0), ("touch", 0),
        ]  # fmt: skip
        page = answer.content.decode()
        assert "2 earlier messages" in page
        assert "Reply · RE: Fwd: a  figure" in page
        assert "Quoted text" in page

    def test_a_note_of_others_is_no_place_to_start_from(self, rep: User) -> None:
        account = make.make_account()
        theirs = add_note(
            account=account, body="Theirs", by=make.make_user(team=make.make_team("South"))
        ).note
        make.make_activity(account, by=rep, subject="Later than that")
        client = signed_in(rep)
        for note in (theirs.pk, theirs.pk + 999):
            rows = client.get(record(account), {"note": note}).context["page"].rows
            assert [row.subject for row in rows] == ["Later than that"], note

    def test_what_was_written_of_somebody_in_the_bin_is_not_there(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        contact = make.make_contact(account)
        add_note(account=account, contact=contact, body="About Carla", by=rep)
        upload = SimpleUploadedFile("offer.txt", b"An offer")
        add_file(account=account, upload=upload, by=rep, contact=contact)
        client = signed_in(rep)
        assert len(client.get(record(account)).context["page"].rows) == 2
        throw_away_contacts(ids=[contact.pk], by=rep)
        assert client.get(record(account)).context["page"].rows == []

    def test_kinds_and_people_narrow_it(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        carla, colleague = make.make_contact(account), make.make_user("Carl", team=team)
        make.make_activity(account, by=rep, contact=carla, subject="Called her")
        make.make_activity(account, by=colleague, subject="Mailed", channels=["email"])
        add_note(account=account, body="Written", by=rep)
        make.make_file(account, author=colleague)
        client = signed_in(rep)

        def shown(**query: str) -> set[str]:
            rows = client.get(record(account), query).context["page"].rows
            return {row.subject or row.kind for row in rows}

        assert shown() == {"Called her", "Mailed", "note", "file"}
        assert shown(kind="notes") == {"note"}
        assert shown(kind="files") == {"file"}
        assert shown(kind="emails") == {"Mailed"}
        assert shown(kind="calls") == {"Called her"}
        assert shown(person=f"c{carla.pk}") == {"Called her"}
        assert shown(person=f"u{colleague.pk}") == {"Mailed", "file"}
        assert shown(person=f"u{colleague.pk}", kind="files") == {"file"}
        assert shown(kind="meetings") == set()

    @pytest.mark.parametrize(
        "query",
        [
            "kind=nonsense", "person=x1", "person=c", "person=c0", "person=u99999999999999999999", "person=%00",
            "person=c-1", "kind=%00&person=u'", "person=c999999",
        ],
    )  # fmt: skip
    def test_a_filter_that_makes_no_sense_is_said(self, query: str, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        make.make_activity(account, by=rep, subject="Called her")
        page = signed_in(rep).get(f"{record(account)}?{query}").content.decode()
        assert "Called her" in page
        assert "that is not here" in page

    @pytest.mark.parametrize(
        "query", ["cursor=zzz", "pages=9999999", "pages=x", "note=x", "note=" + "9" * 30]
    )
    def test_a_place_that_makes_no_sense_is_the_beginning(self, query: str, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        make.make_activity(account, by=rep, subject="Called her")
        assert "Called her" in signed_in(rep).get(f"{record(account)}?{query}").content.decode()

    def test_the_way_to_a_note_begins_at_it(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        note = add_note(account=account, body="Look here", by=rep).note
        for _ in range(30):
            make.make_activity(account, by=rep, subject="Later", at=timezone.now() + timedelta(minutes=1))
        page = signed_in(rep).get(record(account), {"note": note.pk}).content.decode()
        assert f'id="note-{note.pk}"' in page
        assert "Later" not in page
        assert "Show the newest" in page

    def test_what_is_in_the_bin_is_not_on_it(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        note = add_note(account=account, body="Look here", by=rep).note
        file = make.make_file(account, author=rep)
        for row in (note, file):
            row.deleted_at = timezone.now()
            row.save()
        answer = signed_in(rep).get(record(account))
        assert answer.context["page"].rows == []

    def test_a_note_of_another_team_is_not_on_it(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        add_note(account=account, body="Our secret plan", by=rep)
        outsider = make.make_user("Otto", team=make.make_team("South"))
        add_note(account=account, body="Our own plan", by=outsider)
        page = signed_in(outsider).get(record(account)).content.decode()
        assert "Our own plan" in page
        assert "secret" not in page
        assert "Rita Rep" not in page

    def test_a_mention_is_marked(self, rep: User, team: Team) -> None:
        account = make.make_account(team=team)
        make.make_user("Nam Le", team=team)
        add_note(account=account, body="Ask @Nam Le", by=rep)
        page = signed_in(rep).get(record(account)).content.decode()
        assert '<span class="mention">@Nam Le</span>' in page

    def test_another_teams_history_is_said_to_be_theirs(self, rep: User, team: Team) -> None:
        otto = make.make_user("Otto", team=make.make_team("South"))
        row = make.make_dream_client(make.make_account(team=team), owner=rep)
        for url in (record(row.account), record(row.account) + "?panel=1"):
            page = signed_in(otto).get(url).content.decode()
            assert "known to the team that works it" in page
            assert "Nothing happened here yet" not in page
            assert "Nothing happened here yet" in signed_in(rep).get(url).content.decode()
