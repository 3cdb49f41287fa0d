"""Notes: what is written, what is shown of it, and who is told."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Account, Note
from apps.activities import notes
from apps.activities.models import Activity, Notification
from apps.users.models import Membership, Team, User
from opener.ui.markdown import markdown
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


@pytest.fixture
def outsider() -> User:
    return make.make_user("Otto Outsider", team=make.make_team("South"))


@pytest.fixture
def account(team: Team) -> Account:
    return make.make_account("Zoetis", team=team)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).values_list("text", flat=True))


class TestWriting:
    def test_a_note_is_kept_and_changed_by_its_writer(self, rep: User, team: Team, account: Account) -> None:
        client, url = signed_in(rep), reverse("activities:note_create", args=[account.pk])
        for body in ("", "   ", "x\x00", "x" * 20_001):
            assert client.post(url, {"body": body}).status_code == 422
        assert client.post(url, {"body": "Prefers calls\nbefore nine"}).status_code == 302
        note, activity = Note.objects.get(), Activity.objects.get()
        assert (note.body, note.author, note.team) == ("Prefers calls\nbefore nine", rep, team)
        assert (activity.kind, activity.note, activity.by, activity.team) == ("note", note, rep, team)
        assert not activity.body, "what may be edited and deleted is not in what may not"

        edit = reverse("activities:note_edit", args=[note.pk])
        assert client.post(edit, {"body": "Prefers mail", "version": 1}).status_code == 302
        note.refresh_from_db()
        assert (note.body, note.version, bool(note.edited_at)) == ("Prefers mail", 2, True)
        assert Activity.objects.count() == 1

    def test_only_its_writer_and_who_leads_the_team_change_it(
        self, rep: User, team: Team, account: Account, outsider: User
    ) -> None:
        note = notes.add_note(account=account, body="Ours", by=rep).note
        edit = reverse("activities:note_edit", args=[note.pk])
        for stranger in (make.make_user(team=team), outsider):
            assert signed_in(stranger).get(edit).status_code == 404
            assert signed_in(stranger).post(edit, {"body": "Mine", "version": 1}).status_code == 404
        manager = make.make_user("Mona", team=team, role=Membership.Role.MANAGER)
        assert signed_in(manager).post(edit, {"body": "Better", "version": 1}).status_code == 302

    def test_the_second_of_two_writers_sees_both_versions(self, rep: User, account: Account) -> None:
        note = notes.add_note(account=account, body="First", by=rep).note
        client, edit = signed_in(rep), reverse("activities:note_edit", args=[note.pk])
        client.post(edit, {"body": "Theirs", "version": 1})
        answer = client.post(edit, {"body": "Yours", "version": 1})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Theirs" in page
        assert ">\nYours</textarea>" in page
        note.refresh_from_db()
        assert note.body == "Theirs"
        assert client.post(edit, {"body": "Yours", "version": 2}).status_code == 302

    def test_a_note_of_another_team_stays_with_that_team(
        self, outsider: User, rep: User, account: Account
    ) -> None:
        signed_in(outsider).post(reverse("activities:note_create", args=[account.pk]), {"body": "We met"})
        assert not Note.objects.visible_to(rep).exists()
        assert Note.objects.visible_to(outsider).exists()

    def test_a_note_of_an_admin_is_the_teams_and_not_everybodys(
        self, outsider: User, rep: User, account: Account
    ) -> None:
        admin = make.make_user("Ada", is_admin=True)
        url = reverse("activities:note_create", args=[account.pk])
        signed_in(admin).post(url, {"body": "They are for sale"})
        assert Note.objects.visible_to(rep).exists()
        assert not Note.objects.visible_to(outsider).exists()

    def test_the_preview_shows_what_will_be_shown(self, rep: User, team: Team) -> None:
        make.make_user("Nam Le", team=team)
        url = reverse("activities:note_preview")
        page = signed_in(rep).post(url, {"body": "**Bold** @nam le <script>x</script>"}).content.decode()
        assert "<strong>Bold</strong>" in page
        assert '<span class="mention">@nam le</span>' in page
        assert "<script>" not in page
        assert "Nothing written" in signed_in(rep).post(url).content.decode()


class TestMentions:
    def test_who_is_mentioned_is_told_once(self, rep: User, team: Team, account: Account) -> None:
        nam = make.make_user("Nam Le", team=team)
        other = make.make_user("Nam", team=team)
        client = signed_in(rep)
        client.post(reverse("activities:note_create", args=[account.pk]), {"body": "Ask @nam le, she knows."})
        note = Note.objects.get()
        assert list(note.mentions.all()) == [nam], "the longest name that fits counts"
        assert told(nam) == ["Rita Rep mentioned you in a note about Zoetis"]
        assert Notification.objects.get().url == f"/accounts/{account.pk}/?note={note.pk}#note-{note.pk}"

        edit = reverse("activities:note_edit", args=[note.pk])
        client.post(edit, {"body": "Ask @Nam Le and @Nam", "version": 1})
        assert len(told(nam)) == len(told(other)) == 1
        client.post(edit, {"body": "Never mind", "version": 2})
        assert not note.mentions.exists()
        client.post(edit, {"body": "Yes: @Nam Le", "version": 3})
        assert len(told(nam)) == 1, "taken out and put in again is the same mention"

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("Anna Groß", "@Anna Groß, look"),
            ("Anna Groß", "@anna groß"),
            ("Élise Ångström", "@ÉLISE ÅNGSTRÖM"),
        ],
    )
    def test_names_are_found_whatever_their_letters(self, name: str, written: str) -> None:
        person = make.make_user(name)
        assert notes.mentioned(written) == [person]

    def test_who_cannot_see_it_is_not_told_and_the_writer_knows(
        self, rep: User, outsider: User, account: Account
    ) -> None:
        url = reverse("activities:note_create", args=[account.pk])
        page = signed_in(rep).post(url, {"body": "Hello @Otto Outsider"}, follow=True).content.decode()
        assert "Otto Outsider cannot see notes of this team, and was not told." in page
        assert not told(outsider)
        assert not Note.objects.get().mentions.exists()

    def test_nobody_is_told_of_their_own_note(self, rep: User, account: Account) -> None:
        notes.add_note(account=account, body="I, @Rita Rep, called", by=rep)
        assert not Notification.objects.exists()

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("@Nam Le's idea", ["Nam Le"]),
            ("(@nam  le)", ["Nam Le"]),
            ("mail nam@Nam Le", []),
            ("@Nam Lebowski", []),
            ("@", []),
            ("@" * 30_000, []),
            ("@Ana Müller-Lüdenscheidt!", ["Ana Müller-Lüdenscheidt"]),
            ("@Gone Girl", []),
        ],
    )
    def test_names_are_found(self, text: str, names: list[str], team: Team) -> None:
        make.make_user("Nam Le", team=team)
        make.make_user("Ana Müller-Lüdenscheidt", team=team, email="ana@opener.test")
        make.make_user("Gone Girl", team=team, is_active=False)
        assert [person.name for person in notes.mentioned(text)] == names

    def test_colleagues_who_would_see_it_are_offered(
        self, rep: User, team: Team, outsider: User, account: Account
    ) -> None:
        make.make_user("Nam Le", team=team)
        make.make_user("Ada Nam", is_admin=True)
        client, url = signed_in(rep), reverse("activities:colleagues", args=[account.pk])
        page = client.get(url, {"q": "na"}).content.decode()
        assert "Nam Le" in page
        assert "Ada Nam" in page
        assert "Otto" not in client.get(url, {"q": "ott"}).content.decode()
        for nonsense in ("\x00", "(", "\\", "*" * 300, "'; --", "na [a-"):
            assert client.get(url, {"q": nonsense}).status_code == 200


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    '[x](http://a.test/"onmouseover="alert(1))',
    "![x](javascript:alert(1))",
    '![" onload="alert(1)](http://a.test/i.png)',
    "<javascript:alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
    "<svg/onload=alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<style>*{display:none}</style>",
    "http://a.test/<script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "@<b>x</b>",
]


class TestMarkdown:
    @pytest.mark.parametrize("text", ATTACKS)
    def test_nothing_in_it_can_act(self, text: str) -> None:
        html = markdown(text, ("<b>x</b>",)).lower()
        for tag in re.findall(r"<[^>]*>", html):
            assert re.match(r"</?(p|a|br|code|pre|h3|strong|em|span)\b", tag)
            assert not re.search(
                r"""\son\w+\s*=|(javascript|data|vbscript):""", re.sub(r'href="http[^"]*"', "", tag)
            )

    def test_a_link_opens_apart_and_an_image_is_a_link(self) -> None:
        html = markdown("[here](https://a.test) ![a chart](https://b.test/c.png) see c.com")
        assert html.count('target="_blank"') == html.count('rel="noopener noreferrer nofollow"') == 3
        assert ">a chart</a>" in html
        assert "<img" not in html

    def test_headings_do_not_break_the_order_of_the_page(self) -> None:
        assert markdown("# One\n###### Two") == "<h3>One</h3>\n<h3>Two</h3>\n"

    def test_a_new_line_is_a_new_line(self) -> None:
        assert markdown("one\ntwo") == "<p>one<br>\ntwo</p>\n"
