"""The record of an account: all that one may see, at a fixed cost."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account, CustomField, OptOut
from apps.activities.models import Activity
from apps.activities.notes import add_note
from apps.dreamclients.models import Proposal
from apps.mail.services import is_suppressed
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def record(account: Account) -> str:
    return reverse("record", args=[account.pk])


def fill(account: Account, rep: User, number: int) -> None:
    """`number` of everything that a record shows."""
    sequence = make.make_sequence(owner=rep)
    dream_client = account.dream_clients.get()
    stage = make.make_pipeline().stages.earliest("position")
    for _ in range(number):
        contact = make.make_contact(account, phone="+1 555 0100")
        OptOut.objects.create(contact=contact, channel="sms")
        make.make_enrollment(contact, sequence, dream_client)
        make.make_touch(contact, owner=rep)
        make.make_task(rep, account=account)
        make.make_meeting(contact, owner=rep)
        make.make_opportunity(account, owner=rep, stage=stage)
        make.make_activity(account, by=rep, contact=contact, body="Hello " * 200)
        add_note(account=account, body="Mind the **gap**", by=rep)
        make.make_file(account, author=rep)


def test_it_costs_the_same_for_any_number_of_rows(rep: User, team: Team) -> None:
    small, large = (make.make_dream_client(make.make_account(team=team), owner=rep).account for _ in range(2))
    fill(small, rep, 1)
    fill(large, rep, 25)
    client = signed_in(rep)
    client.get(record(small))

    def queries(account: Account) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(record(account)).status_code == 200
        return len(captured)

    assert queries(small) == queries(large)
    assert queries(large) <= 12


def test_the_team_sees_everything(rep: User, team: Team) -> None:
    row = make.make_dream_client(
        make.make_account("Zoetis", team=team, domain="zoetis.com"), owner=rep, why_change="Vials spoil"
    )
    fill(row.account, rep, 1)
    page = signed_in(rep).get(record(row.account)).content.decode()
    for text in (
        "Zoetis",
        "zoetis.com",
        "Vials spoil",
        "Mind the <strong>gap</strong>",
        "Send the case",
        "Carla",
        "Opted out of",
    ):
        assert text in page
    assert "Worked by" not in page


def test_an_outsider_sees_the_company_and_that_a_colleague_works_it(rep: User, team: Team) -> None:
    row = make.make_dream_client(
        make.make_account("Zoetis", team=team),
        owner=rep,
        why_change="Vials spoil",
        last_touch_at=timezone.now() - timedelta(days=3),
    )
    fill(row.account, rep, 1)
    outsider = make.make_user("Otto", team=make.make_team("South"))
    page = signed_in(outsider).get(record(row.account)).content.decode()
    assert "Worked by Rita Rep, North" in page
    assert "3 days ago" in page
    assert "Carla" in page
    for text in (
        "Vials spoil",
        "Mind the <strong>gap</strong>",
        "Send the case",
        "Hello Hello",
        "Edit",
        "Take",
    ):
        assert text not in page


def test_a_proposal_of_another_team_has_no_names(rep: User, team: Team) -> None:
    account = make.make_account("Zoetis")
    wishes = make.make_list("Secret plan", owner=rep)
    Proposal.objects.create(account=account, list=wishes, team=team, by=rep)
    assert "Rita Rep proposed it for Secret plan" in signed_in(rep).get(record(account)).content.decode()
    outsider = make.make_user("Otto", team=make.make_team("South"))
    page = signed_in(outsider).get(record(account)).content.decode()
    assert "proposed for a list of another team" in page
    assert "Secret plan" not in page
    assert "Rita Rep proposed" not in page


def test_a_colleague_of_the_team_is_told_who_works_it(rep: User, team: Team) -> None:
    row = make.make_dream_client(owner=rep)
    colleague = make.make_user("Carl", team=team)
    assert "Worked by Rita Rep, North" in signed_in(colleague).get(record(row.account)).content.decode()


def test_what_is_to_be_done_first(rep: User, team: Team) -> None:
    client = signed_in(rep)
    account = make.make_account(team=team)
    assert "Add to a list" in client.get(record(account)).content.decode()
    row = make.make_dream_client(account, dream_client_list=make.make_list(owner=rep))
    assert (
        f'action="{reverse("dreamclients:take", args=[row.pk])}"'
        in client.get(record(account)).content.decode()
    )
    row.owner = rep
    row.save()
    assert "Add contact" in client.get(record(account)).content.decode()


def test_the_timeline_is_narrowed_and_grows(rep: User, team: Team) -> None:
    account = make.make_account(team=team)
    now = timezone.now()
    for index in range(45):
        make.make_activity(account, by=rep, at=now - timedelta(hours=index), subject=f"Call {index:02}.")
    make.make_activity(account, kind="reply", by=rep, subject="Tell me more", at=now - timedelta(days=30))
    client, url = signed_in(rep), record(account)

    first = client.get(url)
    assert "Call 00." in first.content.decode()
    assert "Tell me more" not in first.content.decode()
    seen = [row.pk for row in first.context["page"].rows]
    cursor = first.context["page"].next
    while cursor:
        headers = {"HX-Request": "true", "HX-Target": "li#earlier"}
        more = client.get(url, {"cursor": cursor}, headers=headers)
        assert "<html" not in more.content.decode()
        seen += [row.pk for row in more.context["page"].rows]
        cursor = more.context["page"].next
    assert seen == list(Activity.objects.order_by("-at", "-id").values_list("pk", flat=True))

    headers = {"HX-Request": "true", "HX-Target": "section#timeline"}
    answers = client.get(url, {"kind": "answers"}, headers=headers).content.decode()
    assert "Tell me more" in answers
    assert "Call 00." not in answers
    assert client.get(url, {"kind": "nonsense"}).status_code == 200


def test_a_strange_text_is_shown_as_text(rep: User, team: Team) -> None:
    name = "<script>alert(1)</script> مرحبا 🦄"
    account = make.make_account(name, team=team)
    make.make_activity(account, by=rep, subject=name, body=name * 20)
    add_note(account=account, body=name, by=rep)
    page = signed_in(rep).get(record(account)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; مرحبا 🦄" in page


def test_an_address_adds_nobody_to_the_mail_that_its_link_opens(rep: User, team: Team) -> None:
    contact = make.make_contact(make.make_account(team=team), email="boss?bcc=spy@evil.test")
    for url in (record(contact.account), reverse("accounts:contacts")):
        page = signed_in(rep).get(url).content.decode()
        assert 'href="mailto:boss%3Fbcc%3Dspy@evil.test"' in page


def test_a_custom_field_bears_the_words_of_its_file(rep: User, team: Team) -> None:
    CustomField.objects.create(model="account", key="gics_sub_industry", label="GICS Sub-Industry")
    account = make.make_account(team=team, custom={"gics_sub_industry": "Water", "old_key": "Kept"})
    page = signed_in(rep).get(record(account)).content.decode()
    assert "<dt>GICS Sub-Industry</dt><dd>Water</dd>" in page
    assert "<dt>Old key</dt><dd>Kept</dd>" in page


def test_no_such_account(rep: User) -> None:
    assert signed_in(rep).get(reverse("record", args=[10**18])).status_code == 404
    assert signed_in(rep).get(reverse("record", args=[10**30])).status_code == 404


class TestOptOut:
    def test_nobody_writes_to_them_again(self, rep: User, team: Team) -> None:
        contact = make.make_contact(make.make_account(team=team), email="carla@zoetis.com")
        url = reverse("opt_out", args=[contact.pk])
        client = signed_in(rep)
        assert client.get(url).status_code == 200
        assert client.post(url, {"channel": "fax"}).status_code == 422
        assert client.post(url, {"channel": "all", "reason": "No more mail"}).status_code == 302
        assert is_suppressed("carla@zoetis.com")
        assert Activity.objects.get().kind == "opted_out"
        page = client.get(record(contact.account)).content.decode()
        assert "Opted out" in page
        assert "No more mail" in page
        outsider = make.make_user("Otto", team=make.make_team("South"))
        page = signed_in(outsider).get(record(contact.account)).content.decode()
        assert "Opted out" in page
        assert "No more mail" not in page, "another team sees that they opted out, not what was said"

    def test_another_teams_contact_is_not_ours_to_change(self, rep: User) -> None:
        contact = make.make_contact(make.make_account(team=make.make_team()))
        data: dict[str, Any] = {"channel": "all"}
        assert signed_in(rep).post(reverse("opt_out", args=[contact.pk]), data).status_code == 404
        assert not OptOut.objects.exists()


class TestPanel:
    HEADERS: ClassVar = {
        "HX-Request": "true",
        "HX-Target": "aside#panel",
        "HX-Current-URL": "http://testserver/accounts/?q=zo",
    }

    def test_it_is_the_record_in_brief(self, rep: User, team: Team) -> None:
        row = make.make_dream_client(
            make.make_account("Zoetis", team=team), owner=rep, why_change="Vials spoil"
        )
        fill(row.account, rep, 1)
        answer = signed_in(rep).get(record(row.account), {"panel": "1"}, headers=self.HEADERS)
        page = answer.content.decode()
        assert "<html" not in page
        for text in (
            "Zoetis",
            "Vials spoil",
            "Carla",
            "+1 555 0100",
            "Mind the <strong>gap</strong>",
            "deal",
        ):
            assert text in page
        assert 'href="/accounts/?q=zo"' in page, "closing it leads back to where it was opened"
        whole = signed_in(rep).get(record(row.account), {"panel": "1"}).content.decode()
        assert "<html" in whole, "without HTMX its address is the record"

    def test_an_outsider_sees_no_more_in_it_than_on_the_page(self, rep: User, team: Team) -> None:
        row = make.make_dream_client(
            make.make_account("Zoetis", team=team), owner=rep, why_change="Vials spoil"
        )
        fill(row.account, rep, 1)
        outsider = make.make_user("Otto", team=make.make_team("South"))
        page = (
            signed_in(outsider)
            .get(record(row.account), {"panel": "1"}, headers=self.HEADERS)
            .content.decode()
        )
        assert "Worked by Rita Rep, North" in page
        for text in ("Vials spoil", "Mind the", "Send the case", "Log touch", "Hello Hello", "deal"):
            assert text not in page

    def test_it_costs_the_same_for_any_number_of_rows(self, rep: User, team: Team) -> None:
        small, large = (
            make.make_dream_client(make.make_account(team=team), owner=rep).account for _ in range(2)
        )
        fill(small, rep, 1)
        fill(large, rep, 12)
        client = signed_in(rep)

        def queries(account: Account) -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(record(account), {"panel": "1"}, headers=self.HEADERS)
            return len(captured)

        queries(small)
        assert queries(small) == queries(large) <= 12


def test_a_missing_role_is_said_calmly(rep: User, team: Team) -> None:
    account, client = make.make_account(team=team), signed_in(rep)
    assert "known yet." not in client.get(record(account)).content.decode().replace("Role not known yet", "")
    make.make_contact(account, role="champion")
    page = client.get(record(account)).content.decode()
    assert "No decision maker known yet." in page
    assert "No champion" not in page
