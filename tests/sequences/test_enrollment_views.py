from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import OptOut
from apps.activities.models import Activity
from apps.dreamclients.models import DreamClient
from apps.sequences.models import Enrollment, Touch
from apps.sequences.services import enroll, pause_enrollment
from apps.users.models import Organisation
from tests.factories import make_dream_client, make_sequence


@pytest.fixture
def sequence(world):
    return make_sequence(("call", 0), ("call", 2), owner=world.rep, schedule=world.schedule)


@pytest.fixture
def enrollment(world, sequence):
    result = enroll(
        contacts=[world.contact], sequence=sequence, dream_client=world.dream_client, by=world.rep
    )
    return result.entered[0]


def url_of(world):
    return reverse("sequences:enroll", args=[world.dream_client.pk])


def test_the_page_says_who_can_go_in_and_when(client, world, sequence):
    OptOut.objects.create(contact=world.colleague, channel="all")
    client.force_login(world.rep)
    response = client.get(url_of(world))
    rows = {row.contact: row for row in response.context["candidates"]}
    assert rows[world.contact].is_ticked
    assert rows[world.contact].checked.first_at
    assert "Opted out" in rows[world.colleague].why_not
    assert response.context["going"] == 1
    assert "Start 1 contact" in response.content.decode()
    assert not Enrollment.objects.exists()


def test_a_contact_named_by_the_address_is_ticked_alone(client, world, sequence):
    client.force_login(world.rep)
    response = client.get(url_of(world), {"contact": world.colleague.pk})
    assert [row.contact for row in response.context["candidates"] if row.is_ticked] == [world.colleague]


def test_with_several_sequences_one_is_chosen_first(client, world, sequence):
    make_sequence(owner=world.rep)
    make_sequence(owner=world.outsider, name="Theirs")
    client.force_login(world.rep)
    response = client.get(url_of(world))
    assert response.context["sequence"] is None
    assert "Theirs" not in response.content.decode()
    response = client.post(url_of(world), {"action": "check", "sequence": sequence.pk})
    assert response.context["going"] == 2
    part = client.post(
        url_of(world),
        {"action": "recheck", "sequence": sequence.pk, "contact": [world.contact.pk]},
        headers={"HX-Request": "true", "HX-Target": "div#check"},
    )
    assert part.content.decode().strip().startswith('<div id="check"')
    assert part.context["going"] == 1
    assert not Enrollment.objects.exists()


def test_starting_enrolls_who_is_ticked(client, world, sequence):
    client.force_login(world.rep)
    data = {"action": "start", "sequence": sequence.pk, "contact": [world.contact.pk]}
    response = client.post(url_of(world), data)
    assert response.url == reverse("record", args=[world.account.pk])
    assert Enrollment.objects.get().contact == world.contact
    again = client.post(url_of(world), data)
    assert again.status_code == 422
    assert "is in this sequence already" in again.content.decode().lower()


def test_nobody_ticked_or_no_sequence_starts_nothing(client, world, sequence):
    make_sequence(owner=world.rep)
    client.force_login(world.rep)
    for data in ({"sequence": sequence.pk}, {"contact": world.contact.pk}, {"sequence": "9" * 30}):
        response = client.post(url_of(world), {"action": "start"} | data)
        assert "Tick contacts" in response.content.decode()
    assert not Enrollment.objects.exists()


def test_starting_takes_a_dream_client_that_nobody_owns(client, world, sequence):
    DreamClient.objects.update(owner=None)
    client.force_login(world.rep)
    assert "into your book" in client.get(url_of(world)).content.decode()
    client.post(url_of(world), {"action": "start", "sequence": sequence.pk, "contact": world.contact.pk})
    assert DreamClient.objects.get().owner == world.rep
    assert Enrollment.objects.get().owner == world.rep


def test_a_full_book_starts_nothing(client, world, sequence):
    DreamClient.objects.update(owner=None)
    Organisation.objects.update_or_create(pk=1, defaults={"book_cap": 1})
    make_dream_client(owner=world.rep)
    client.force_login(world.rep)
    response = client.post(
        url_of(world), {"action": "start", "sequence": sequence.pk, "contact": world.contact.pk}
    )
    assert "all a book holds" in response.content.decode()
    assert not Enrollment.objects.exists()


def test_an_outsider_starts_nothing(client, world, sequence):
    client.force_login(world.outsider)
    assert client.get(url_of(world)).status_code == 404
    assert client.post(url_of(world), {"action": "start"}).status_code == 404


def test_pause_and_resume(client, world, enrollment):
    client.force_login(world.rep)
    url = reverse("sequences:enrollment_pause", args=[enrollment.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"until": "2001-01-01"}).status_code == 422
    day = timezone.localdate() + timedelta(days=7)
    response = client.post(url, {"until": day.isoformat(), "reason": "trade fair"})
    assert response.url == reverse("record", args=[world.account.pk])
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.reason, enrollment.paused_until.date()) == (
        "paused",
        "trade fair",
        day,
    )
    client.post(reverse("sequences:enrollment_resume", args=[enrollment.pk]))
    enrollment.refresh_from_db()
    assert enrollment.state == "active"


def test_resuming_what_is_not_paused_is_said(client, world, enrollment):
    client.force_login(world.rep)
    response = client.post(reverse("sequences:enrollment_resume", args=[enrollment.pk]), follow=True)
    assert "not possible any more" in response.content.decode()


def test_end_needs_a_reason_and_goes_back_where_one_came_from(client, world, enrollment):
    client.force_login(world.manager)
    url = reverse("sequences:enrollment_exit", args=[enrollment.pk])
    assert client.post(url, {"reason": " "}).status_code == 422
    response = client.post(url, {"reason": "left", "next": "/sequences/"})
    assert response.url == "/sequences/"
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.reason) == ("exited", "left")


def test_skip_and_retry(client, world, enrollment):
    client.force_login(world.rep)
    first = enrollment.touches.get()
    Touch.objects.update(state="failed", reason="x")
    client.post(reverse("sequences:touch_retry", args=[first.pk]))
    first.refresh_from_db()
    assert first.state == "planned"
    url = reverse("sequences:touch_skip", args=[first.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"reason": "not now"})
    first.refresh_from_db()
    assert first.state == "skipped"
    assert "already" in client.post(url, {"reason": "again"}, follow=True).content.decode()


@pytest.mark.parametrize("who", ["outsider", "colleague"])
def test_only_its_people_steer_an_enrollment(client, world, enrollment, who):
    from tests.factories import make_user

    client.force_login(world.outsider if who == "outsider" else make_user("Cid Dee", team=world.team))
    touch = enrollment.touches.get()
    for name, pk in [
        ("enrollment_pause", enrollment.pk),
        ("enrollment_resume", enrollment.pk),
        ("enrollment_exit", enrollment.pk),
        ("touch_skip", touch.pk),
        ("touch_retry", touch.pk),
    ]:
        assert client.post(reverse(f"sequences:{name}", args=[pk]), {"reason": "x"}).status_code == 404
    enrollment.refresh_from_db()
    assert enrollment.state == "active"


def test_a_dialog_is_a_page_without_javascript_and_a_part_with_it(client, world, enrollment):
    client.force_login(world.rep)
    url = reverse("sequences:enrollment_exit", args=[enrollment.pk])
    assert "<html" in client.get(url).content.decode()
    part = client.get(url, headers={"HX-Request": "true", "HX-Target": "dialog#dialog"}).content.decode()
    assert "<html" not in part
    assert "<form" in part


def test_log_a_touch(client, world):
    client.force_login(world.rep)
    url = reverse("sequences:log_touch", args=[world.account.pk])
    page = client.get(url, {"contact": world.colleague.pk})
    assert page.context["form"]["contact"].value() == str(world.colleague.pk)
    data = {
        "contact": world.contact.pk,
        "channels": ["call", "voicemail"],
        "outcome": "voicemail",
        "intent": "give",
        "notes": "about the figure",
    }
    assert client.post(url, data | {"channels": []}).status_code == 422
    assert client.post(url, data | {"contact": make_dream_client().pk + 10_000}).status_code == 422
    assert client.post(url, data | {"at": "2001-01-01T10:00"}).status_code == 422
    assert client.post(url, data | {"channels": ["email"], "outcome": "connected"}).status_code == 422
    assert client.post(url, data).url == reverse("record", args=[world.account.pk])
    activity = Activity.objects.touches().get()
    assert (activity.contact, activity.channels, activity.body) == (
        world.contact,
        ["call", "voicemail"],
        "about the figure",
    )
    client.force_login(world.outsider)
    assert client.post(url, data).status_code == 404


def test_log_a_reply(client, world, enrollment):
    client.force_login(world.rep)
    url = reverse("sequences:log_reply", args=[world.contact.pk])
    assert client.get(url).status_code == 200
    response = client.post(url, {"kind": "reply", "text": "Call me", "sentiment": "positive"})
    assert response.url == reverse("record", args=[world.account.pk])
    enrollment.refresh_from_db()
    assert enrollment.state == "exited"
    reply = Activity.objects.get(kind="reply")
    assert (reply.body, reply.by, reply.data["sentiment"]) == ("Call me", world.rep, "positive")


def test_log_an_out_of_office(client, world, enrollment):
    client.force_login(world.rep)
    url = reverse("sequences:log_reply", args=[world.contact.pk])
    day = timezone.localdate() + timedelta(days=10)
    assert client.post(url, {"kind": "out_of_office", "returns_on": "2001-01-01"}).status_code == 422
    client.post(url, {"kind": "out_of_office", "returns_on": day.isoformat()})
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.paused_until.date()) == ("paused", day + timedelta(days=1))


@pytest.mark.parametrize("kind", ["auto_reply", "bounce", "opt_out"])
def test_log_what_else_comes_back(client, world, enrollment, kind):
    client.force_login(world.rep)
    client.post(reverse("sequences:log_reply", args=[world.contact.pk]), {"kind": kind, "channel": "all"})
    enrollment.refresh_from_db()
    assert enrollment.state == ("active" if kind == "auto_reply" else "exited")


def test_an_outsider_logs_no_reply(client, world, enrollment):
    client.force_login(world.outsider)
    url = reverse("sequences:log_reply", args=[world.contact.pk])
    assert client.get(url).status_code == 404
    assert client.post(url, {"kind": "reply"}).status_code == 404


def test_the_lines_of_the_record_page_render(world, enrollment):
    from django.template.loader import render_to_string

    from apps.sequences.why import Line, current_touch, why

    failed = enrollment.touches.get()
    Touch.objects.update(state="failed", reason="no title")
    line = Line(enrollment, why(enrollment), current_touch(enrollment), may_edit=True)
    html = render_to_string("sequences/_enrollments.html", {"lines": [line]})
    assert "no title" in html
    assert reverse("sequences:touch_retry", args=[failed.pk]) in html

    paused = pause_enrollment(enrollment=enrollment, by=world.rep, reason="fair")
    html = render_to_string("sequences/_enrollments.html", {"lines": [Line(paused, why(paused), None, True)]})
    assert "Paused: fair" in html
    assert reverse("sequences:enrollment_resume", args=[enrollment.pk]) in html

    html = render_to_string(
        "sequences/_enrollments.html", {"lines": [Line(paused, why(paused), None, False)]}
    )
    assert reverse("sequences:enrollment_resume", args=[enrollment.pk]) not in html
