"""Booking a meeting, and saying what became of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.dreamclients.models import DreamClient
from apps.meetings.models import Meeting
from apps.sequences.models import Touch
from apps.users.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(client: Client) -> User:
    rep = make.make_user(team=make.make_team(), time_zone="Europe/Berlin")
    client.force_login(rep)
    return rep


@pytest.fixture
def outsider() -> Client:
    client = Client()
    client.force_login(make.make_user("Otto", team=make.make_team()))
    return client


@pytest.fixture
def dream_client(rep: User) -> DreamClient:
    return make.make_dream_client(owner=rep)


@pytest.fixture
def meeting(rep: User, dream_client: DreamClient) -> Meeting:
    contact = make.make_contact(dream_client.account, time_zone="America/New_York")
    return make.make_meeting(contact, owner=rep, dream_client=dream_client, about="Costs")


class TestBook:
    def test_in_the_reps_own_zone(self, client: Client, rep: User, dream_client: DreamClient) -> None:
        contact = make.make_contact(dream_client.account)
        url = reverse("meetings:book", args=[dream_client.account_id])
        day = (timezone.localdate() + timedelta(days=200)).replace(month=1, day=15)
        day = day if day > timezone.localdate() else day.replace(year=day.year + 1)
        data = {
            "contact": contact.pk,
            "quick": "other",
            "starts_at": f"{day.isoformat()}T14:00",
            "minutes": 45,
            "place": "https://meet.example/1",
            "about": "Costs",
        }
        answer = client.post(url, data)
        meeting = Meeting.objects.get()
        assert answer["Location"] == reverse("meetings:detail", args=[meeting.pk])
        assert meeting.starts_at.hour == 13, "14:00 in Berlin in winter"
        assert (meeting.owner, meeting.minutes, meeting.about) == (rep, 45, "Costs")
        dream_client.refresh_from_db()
        assert dream_client.rung == "time_committed"

    def test_by_a_quick_choice(self, client: Client, rep: User, dream_client: DreamClient) -> None:
        contact = make.make_contact(dream_client.account, time_zone="America/New_York")
        url = reverse("meetings:book", args=[dream_client.account_id])
        page = client.get(url)
        slot, words = page.context["form"].fields["quick"].choices[0]
        assert "there)" in words
        client.post(url, {"contact": contact.pk, "quick": slot, "minutes": 30})
        assert Meeting.objects.get().starts_at.isoformat() == slot

    @pytest.mark.parametrize(
        "moment", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2001-01-01T10:00Z"]
    )
    def test_not_at_a_moment_that_nobody_was_offered(
        self, client: Client, dream_client: DreamClient, moment: str
    ) -> None:
        contact = make.make_contact(dream_client.account)
        url = reverse("meetings:book", args=[dream_client.account_id])
        answer = client.post(url, {"contact": contact.pk, "quick": moment, "minutes": 30})
        assert answer.status_code == 422
        assert not Meeting.objects.exists()

    @pytest.mark.parametrize("named", ["²", "9" * 5000, "9" * 19])
    def test_with_a_contact_that_is_no_number(
        self, client: Client, dream_client: DreamClient, named: str
    ) -> None:
        url = reverse("meetings:book", args=[dream_client.account_id])
        assert client.get(url, {"contact": named}).status_code == 200
        assert client.post(url, {"contact": named}).status_code == 422

    def test_without_a_time(self, client: Client, dream_client: DreamClient) -> None:
        contact = make.make_contact(dream_client.account)
        url = reverse("meetings:book", args=[dream_client.account_id])
        answer = client.post(url, {"contact": contact.pk, "minutes": 30})
        assert answer.status_code == 422
        assert "Say when." in answer.content.decode()

    def test_only_with_people_of_the_account(self, client: Client, dream_client: DreamClient) -> None:
        url = reverse("meetings:book", args=[dream_client.account_id])
        stranger = make.make_contact()
        assert client.post(url, {"contact": stranger.pk, "minutes": 30}).status_code == 422
        assert not Meeting.objects.exists()

    def test_another_person_redraws_the_times(self, client: Client, dream_client: DreamClient) -> None:
        make.make_contact(dream_client.account)
        other = make.make_contact(dream_client.account, time_zone="Asia/Tokyo")
        url = reverse("meetings:book", args=[dream_client.account_id])
        html = client.get(
            url, {"contact": other.pk}, headers={"HX-Request": "true", "HX-Target": "div#when"}
        ).content.decode()
        assert "Asia/Tokyo" in html
        assert "<html" not in html

    def test_an_account_without_people(self, client: Client, dream_client: DreamClient) -> None:
        html = client.get(reverse("meetings:book", args=[dream_client.account_id])).content.decode()
        assert reverse("accounts:contact_create", args=[dream_client.account_id]) in html

    def test_not_at_an_account_of_another_team(self, outsider: Client, dream_client: DreamClient) -> None:
        url = reverse("meetings:book", args=[dream_client.account_id])
        assert outsider.get(url).status_code == 404
        assert outsider.post(url, {}).status_code == 404


class TestDetail:
    def test_shows_their_local_time(self, client: Client, meeting: Meeting) -> None:
        html = client.get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
        assert "there" in html
        assert "Costs" in html

    def test_the_held_one_leads_to_the_opportunity(self, client: Client, meeting: Meeting) -> None:
        answer = client.post(reverse("meetings:held", args=[meeting.pk]), {"notes": "By June"}, follow=True)
        html = answer.content.decode()
        assert f"{reverse('pipeline:create', args=[meeting.account_id])}?meeting={meeting.pk}" in html
        meeting.refresh_from_db()
        assert (meeting.state, meeting.notes) == ("held", "By June")

    def test_missed(self, client: Client, meeting: Meeting) -> None:
        answer = client.post(reverse("meetings:missed", args=[meeting.pk]), {"next": "/"})
        assert answer["Location"] == "/"
        assert Touch.objects.get().contact == meeting.contact

    def test_comes_back_to_no_other_site(self, client: Client, meeting: Meeting) -> None:
        url = reverse("meetings:missed", args=[meeting.pk])
        answer = client.post(url, {"next": "https://evil.example/"})
        assert answer["Location"] == reverse("meetings:detail", args=[meeting.pk])

    def test_a_second_answer_is_refused_in_words(self, client: Client, meeting: Meeting) -> None:
        client.post(reverse("meetings:held", args=[meeting.pk]))
        answer = client.post(reverse("meetings:cancel", args=[meeting.pk]), follow=True)
        assert "This meeting is held already." in answer.content.decode()

    def test_move(self, client: Client, meeting: Meeting) -> None:
        url = reverse("meetings:move", args=[meeting.pk])
        assert client.get(url).status_code == 200
        when = (timezone.localdate() + timedelta(days=5)).isoformat()
        client.post(url, {"starts_at": f"{when}T10:00", "minutes": 30, "place": ""})
        meeting.refresh_from_db()
        assert meeting.times_moved == 1
        assert client.post(url, {"starts_at": "", "minutes": 30}).status_code == 422

    @pytest.mark.parametrize("name", ["held", "missed", "cancel", "move", "detail"])
    def test_of_another_team(self, outsider: Client, meeting: Meeting, name: str) -> None:
        url = reverse(f"meetings:{name}", args=[meeting.pk])
        assert (outsider.get(url) if name == "detail" else outsider.post(url)).status_code == 404

    def test_a_colleague_sees_and_does_not_change(self, rep: User, meeting: Meeting) -> None:
        colleague = make.make_user("Bo")
        assert meeting.team is not None
        colleague.memberships.create(team=meeting.team)
        client = Client()
        client.force_login(colleague)
        page = client.get(reverse("meetings:detail", args=[meeting.pk]))
        assert page.status_code == 200
        assert not page.context["may_edit"]
        assert client.post(reverse("meetings:held", args=[meeting.pk])).status_code == 404

    def test_nothing_changes_on_get(self, client: Client, meeting: Meeting) -> None:
        for name in ("held", "missed", "cancel"):
            assert client.get(reverse(f"meetings:{name}", args=[meeting.pk])).status_code == 405
