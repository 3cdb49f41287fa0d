"""Work mode: one touch a screen, and on to the next."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Activity, Channel, Outcome
from apps.dreamclients.models import DreamClient
from apps.mail.models import OutboundEmail
from apps.sequences.models import Touch
from apps.sequences.services import complete_touch
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.make_team()


@pytest.fixture
def rep(client: Client, team: Team) -> User:
    rep = make.make_user("Ann Berg", team=team)
    make.make_mailbox(rep)
    client.force_login(rep)
    return rep


@pytest.fixture
def dream_client(rep: User) -> DreamClient:
    return make.make_dream_client(owner=rep, why_change="Their plant is too small")


@pytest.fixture
def call(rep: User, dream_client: DreamClient) -> Touch:
    contact = make.make_contact(dream_client.account, phone="+1 555 0100")
    return make.make_touch(
        contact, owner=rep, dream_client=dream_client, body="Ask {{ first_name | them }} about costs"
    )


@pytest.fixture
def email(rep: User, dream_client: DreamClient) -> Touch:
    contact = make.make_contact(dream_client.account)
    return make.make_touch(
        contact,
        owner=rep,
        dream_client=dream_client,
        channel=Channel.EMAIL,
        subject="A figure for {{ company }}",
        body="Hello {{ first_name }},\n\nas {{ title }} you may like this.",
        due_at=timezone.now() + timedelta(minutes=1),
    )


def url(name: str, touch: Touch) -> str:
    return reverse(f"today:{name}", args=[touch.pk])


class TestCall:
    def test_shows_whom_and_what(self, client: Client, call: Touch) -> None:
        html = client.get(url("work", call)).content.decode()
        assert "Ask Carla about costs" in html
        assert "tel:+15550100" in html
        assert "Their plant is too small" in html
        for key in "cvnkwb":
            assert f'data-key="{key}"' in html
        assert 'data-key="g"' not in html  # it begins the ways to other pages

    def test_an_outcome_leads_to_the_next(self, client: Client, rep: User, call: Touch, email: Touch) -> None:
        answer = client.post(url("complete", call), {"outcome": "voicemail", "notes": "Left a word"})
        assert answer["Location"] == url("work", email)
        call.refresh_from_db()
        assert (call.state, call.outcome) == ("done", "voicemail")
        activity = Activity.objects.get(kind=Activity.Kind.TOUCH)
        assert (activity.by, activity.body) == (rep, "Left a word")
        html = client.get(answer["Location"]).content.decode()
        assert "left a voicemail." in html
        assert "2 of 2" in html

    def test_a_conversation_engages(self, client: Client, call: Touch, dream_client: DreamClient) -> None:
        client.post(url("complete", call), {"outcome": "connected"})
        dream_client.refresh_from_db()
        assert dream_client.rung == "engaged"

    def test_the_last_leads_back_to_the_queue(self, client: Client, call: Touch) -> None:
        answer = client.post(url("complete", call), {"outcome": "no_answer"}, follow=True)
        assert answer.redirect_chain[-1][0] == "/"
        assert "No touch is due any more today." in answer.content.decode()

    def test_call_back_plans_a_call(self, client: Client, call: Touch) -> None:
        page = client.get(url("work", call))
        moment = page.context["callbacks"][0][0]
        client.post(url("complete", call), {"callback": moment})
        call.refresh_from_db()
        again = Touch.objects.get(state="planned")
        assert call.outcome == Outcome.CALLBACK
        assert again.due_at.isoformat() == moment
        assert (again.channels, again.contact) == ([Channel.CALL], call.contact)

    def test_call_back_needs_a_moment_to_come(self, client: Client, call: Touch) -> None:
        answer = client.post(url("complete", call), {"outcome": "callback", "notes": "Keep me"})
        assert answer.status_code == 422
        assert "Say when to call back." in answer.content.decode()
        assert "Keep me" in answer.content.decode()
        past = {"outcome": "callback", "callback_at": "2020-01-01T10:00"}
        assert client.post(url("complete", call), past).status_code == 422
        assert not Activity.objects.exists()

    def test_no_outcome(self, client: Client, call: Touch) -> None:
        assert client.post(url("complete", call), {}).status_code == 422
        assert client.post(url("complete", call), {"outcome": "nonsense"}).status_code == 422


class TestEmail:
    def test_is_filled_in_and_names_what_is_missing(self, client: Client, email: Touch) -> None:
        page = client.get(url("work", email))
        assert page.context["missing"] == ["title"]
        html = page.content.decode()
        assert "Hello Carla" in html
        assert "Not known of this person: title." in html

    def test_is_not_sent_with_a_gap(self, client: Client, email: Touch) -> None:
        form = client.get(url("work", email)).context["email_form"]
        answer = client.post(url("send", email), form.initial)
        assert answer.status_code == 422
        assert "Fill in first: [title]." in answer.content.decode()
        assert not OutboundEmail.objects.exists()

    def test_leaves_as_it_was_edited(self, client: Client, email: Touch, call: Touch) -> None:
        answer = client.post(url("send", email), {"subject": "For you", "body": "Hello Carla, see this."})
        assert answer["Location"] == url("work", call)
        sent = OutboundEmail.objects.get()
        assert (sent.subject, sent.to_address) == ("For you", email.contact.email)
        email.refresh_from_db()
        assert email.state == "done"

    def test_a_variable_typed_by_hand(self, client: Client, email: Touch) -> None:
        answer = client.post(url("send", email), {"subject": "Hi", "body": "Hello {{ first_name }}"})
        assert answer.status_code == 422
        assert not OutboundEmail.objects.exists()

    def test_a_cap_holds_it_back(self, client: Client, rep: User, email: Touch) -> None:
        make.make_activity(
            email.account, by=rep, contact=email.contact, at=timezone.now() - timedelta(minutes=5)
        )
        answer = client.post(url("send", email), {"subject": "Hi", "body": "Hello"}, follow=True)
        assert "Not sent to" in answer.content.decode()
        assert not OutboundEmail.objects.exists()

    def test_who_opted_out_is_not_written_to(self, client: Client, email: Touch) -> None:
        email.contact.opt_outs.create(channel="email")
        assert "They asked not to be reached this way" in client.get(url("work", email)).content.decode()
        answer = client.post(url("send", email), {"subject": "Hi", "body": "Hello"})
        assert answer.status_code == 422
        assert not OutboundEmail.objects.exists()

    def test_an_unknown_variable_does_not_break_the_page(self, client: Client, email: Touch) -> None:
        Touch.objects.filter(pk=email.pk).update(body="Hello {{ shoe_size }}")
        page = client.get(url("work", email))
        assert page.status_code == 200
        assert page.context["missing"] == ["shoe_size"]


def test_social_is_text_and_done(client: Client, rep: User, dream_client: DreamClient) -> None:
    contact = make.make_contact(dream_client.account, linkedin="https://social.example/carla")
    touch = make.make_touch(contact, owner=rep, channel=Channel.SOCIAL, body="Hello there")
    html = client.get(url("work", touch)).content.decode()
    assert "Hello there" in html
    assert "https://social.example/carla" in html
    client.post(url("complete", touch), {"outcome": "done"})
    touch.refresh_from_db()
    assert touch.state == "done"


def test_a_combo_shows_both_and_counts_once(client: Client, rep: User, dream_client: DreamClient) -> None:
    contact = make.make_contact(dream_client.account, phone="+1 555 0100")
    touch = make.make_touch(contact, owner=rep, subject="Hi", body="Hello")
    Touch.objects.filter(pk=touch.pk).update(channels=[Channel.CALL, Channel.EMAIL])
    html = client.get(url("work", touch)).content.decode()
    assert url("send", touch) in html
    assert url("complete", touch) in html
    client.post(url("send", touch), {"subject": "Hi", "body": "Hello"})
    activity = Activity.objects.get(kind=Activity.Kind.TOUCH)
    assert activity.channels == [Channel.CALL, Channel.EMAIL]
    assert client.post(url("complete", touch), {"outcome": "voicemail"}).status_code == 409


class TestAside:
    def test_skip_with_a_reason(self, client: Client, call: Touch) -> None:
        assert client.post(url("skip", call), {"reason": ""}).status_code == 422
        client.post(url("skip", call), {"reason": "Left the company"})
        call.refresh_from_db()
        assert (call.state, call.reason) == ("skipped", "Left the company")

    def test_put_off(self, client: Client, call: Touch, dream_client: DreamClient) -> None:
        moment = client.get(url("work", call)).context["delays"][1][0]
        answer = client.post(url("postpone", call), {"to": moment})
        assert answer["Location"] == "/"
        call.refresh_from_db()
        dream_client.refresh_from_db()
        assert call.due_at.isoformat() == moment
        assert dream_client.next_touch_at == call.due_at
        assert client.post(url("postpone", call), {"to_at": "2020-01-01T10:00"}).status_code == 422
        assert client.post(url("postpone", call), {}).status_code == 422


class TestOver:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("complete", {"outcome": "connected"}),
            ("skip", {"reason": "x"}),
            ("send", {"subject": "a", "body": "b"}),
            ("postpone", {"to_at": "2099-01-01T10:00"}),
        ],
    )
    def test_done_in_another_tab(
        self, client: Client, rep: User, call: Touch, name: str, data: dict[str, str]
    ) -> None:
        complete_touch(touch=call, by=rep, outcome=Outcome.NO_ANSWER)
        if name == "postpone":
            data = {"to_at": (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT10:00")}
        answer = client.post(url(name, call), data)
        assert answer.status_code == 409
        html = answer.content.decode()
        assert "is done already" in html
        assert reverse("today:next") in html
        assert Activity.objects.filter(kind=Activity.Kind.TOUCH).count() == 1

    def test_its_page_says_so(self, client: Client, rep: User, call: Touch) -> None:
        complete_touch(touch=call, by=rep, outcome=Outcome.NO_ANSWER)
        page = client.get(url("work", call))
        assert page.status_code == 200
        assert "is done already" in page.content.decode()


class TestWhose:
    @pytest.mark.parametrize("role", ["rep", "outsider"])
    def test_somebody_elses_is_not_there(self, call: Touch, team: Team, role: str) -> None:
        client = Client()
        client.force_login(make.make_user("Otto", team=team if role == "rep" else make.make_team()))
        assert client.get(url("work", call)).status_code == 404
        for name in ("complete", "send", "skip", "postpone"):
            assert client.post(url(name, call), {"outcome": "done", "reason": "x"}).status_code == 404
        assert not Activity.objects.exists()

    def test_a_manager_may_and_goes_on_with_the_same_rep(
        self, rep: User, call: Touch, email: Touch, team: Team
    ) -> None:
        client = Client()
        manager = make.make_user("Mia", team=team, role="manager")
        client.force_login(manager)
        assert "work of Ann Berg" in client.get(url("work", call)).content.decode()
        answer = client.post(url("complete", call), {"outcome": "no_answer"})
        assert answer["Location"] == url("work", email)
        assert Activity.objects.get().by == manager

    def test_an_automatic_one_is_the_engines(
        self, client: Client, rep: User, dream_client: DreamClient
    ) -> None:
        contact = make.make_contact(dream_client.account)
        touch = make.make_touch(contact, owner=rep, channel=Channel.AUTO_EMAIL)
        assert client.get(url("work", touch)).status_code == 404


def test_next_goes_to_the_first(client: Client, call: Touch) -> None:
    assert client.get(reverse("today:next"))["Location"] == url("work", call)


def test_next_with_nothing_to_do(client: Client, rep: User) -> None:
    assert client.get(reverse("today:next"))["Location"] == "/"
