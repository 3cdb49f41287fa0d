import threading
from datetime import timedelta

import pytest
from django.db import connection

from apps.accounts.models import Contact, OptOut
from apps.activities.models import Activity, Notification
from apps.mail.models import Suppression
from apps.sequences.enrolling import NotRunning, stop_account
from apps.sequences.models import Enrollment, Sequence, Touch
from apps.sequences.services import (
    Verdict,
    check_enrollment,
    complete_touch,
    enroll,
    exit_enrollment,
    pause_enrollment,
    resume_enrollment,
)
from apps.users.models import Organisation
from tests.factories import (
    A_TUESDAY,
    make_contact,
    make_dream_client,
    make_sequence,
    make_user,
)

CALL_THEN_CALL = [("call", 0), ("call", 2)]


@pytest.fixture
def sequence(world):
    return make_sequence(*CALL_THEN_CALL, owner=world.rep, schedule=world.schedule)


def start(world, sequence, *contacts, now=A_TUESDAY, by=None):
    return enroll(
        contacts=contacts or [world.contact],
        sequence=sequence,
        dream_client=world.dream_client,
        by=by or world.rep,
        now=now,
    )


def test_the_first_touch_is_planned_and_written_down(world, sequence):
    result = start(world, sequence)

    [enrollment] = result.entered
    touch = enrollment.touches.get()
    assert (touch.step.position, touch.due_at, touch.state) == (1, A_TUESDAY, "planned")
    assert (touch.owner, touch.team, touch.intent) == (world.rep, world.team, "give")
    activity = Activity.objects.get(kind="enrolled")
    assert (activity.by, activity.contact, activity.data["sequence"]) == (
        world.rep,
        world.contact,
        sequence.pk,
    )
    world.dream_client.refresh_from_db()
    assert world.dream_client.next_touch_at == A_TUESDAY
    assert world.dream_client.next_touch_channel == "call"


def test_more_than_the_account_has_places_for_wait_and_enter_as_one_ends(world, sequence):
    third = make_contact(world.account, first_name="Emil")
    result = start(world, sequence, world.contact, world.colleague, third)

    assert [row.contact for row in result.entered] == [world.contact, world.colleague]
    [waiting] = result.waiting
    assert not waiting.touches.exists()

    exit_enrollment(enrollment=result.entered[0], reason="moved on", by=world.rep, now=A_TUESDAY)
    waiting.refresh_from_db()
    assert waiting.state == "active"
    assert waiting.touches.count() == 1


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda w, s: OptOut.objects.create(contact=w.contact, channel="all"), "Opted out"),
        (lambda w, s: OptOut.objects.create(contact=w.contact, channel="call"), "Opted out of: call"),
        (lambda w, s: Suppression.objects.create(address=w.contact.email, reason="manual"), "suppressed"),
        (lambda w, s: Suppression.objects.create(address="company.test", reason="manual"), "suppressed"),
        (lambda w, s: w.contact.emails.all().delete(), "no email address"),
        (lambda w, s: Contact.objects.update(left_at=A_TUESDAY), "left"),
        (lambda w, s: Sequence.objects.update(status="draft"), "not active"),
        (lambda w, s: w.dream_client.__class__.objects.update(owner=None), "take it into your book"),
        (lambda w, s: w.dream_client.__class__.objects.update(owner=make_user("Bo Ek")), "Bo Ek works"),
        (lambda w, s: w.dream_client.__class__.objects.update(left_at=A_TUESDAY), "no list"),
        (
            lambda w, s: w.dream_client.__class__.objects.update(parked_until=A_TUESDAY + timedelta(days=9)),
            "parked",
        ),
        (
            lambda w, s: w.dream_client.__class__.objects.update(
                ruled_out_at=A_TUESDAY, ruled_out_reason="no"
            ),
            "ruled out",
        ),
    ],
)
def test_who_cannot_go_in_is_refused_with_the_reason(world, prepare, why):
    sequence = make_sequence(("auto_email", 0), ("call", 1), owner=world.rep)
    prepare(world, sequence)

    for dream_client in (world.dream_client, world.dream_client.__class__.objects.get()):
        sequence = Sequence.objects.get()
        [checked] = check_enrollment(
            contacts=[Contact.objects.get(pk=world.contact.pk)],
            sequence=sequence,
            dream_client=world.dream_client.__class__.objects.get(),
            by=world.rep,
            now=A_TUESDAY,
        )
        result = enroll(
            contacts=[world.contact],
            sequence=sequence,
            dream_client=dream_client,
            by=world.rep,
            now=A_TUESDAY,
        )
        assert checked.verdict == Verdict.REFUSED
        assert why in checked.why
        assert [(contact, why in text) for contact, text in result.refused] == [(world.contact, True)]
    assert not Enrollment.objects.exists()


def test_a_variable_that_is_missing_blocks_and_is_named(world):
    step = {
        "channels": ["auto_email"],
        "subject": "For a {{ title }}",
        "body": "{{ custom.plant }} {{ city | you }}",
    }
    sequence = make_sequence(("call", 0), step, owner=world.rep)

    [(_contact, why)] = start(world, sequence).refused
    assert "title" in why
    assert "custom.plant" in why
    assert "city" not in why


def test_a_missing_variable_in_the_script_of_a_call_blocks_nobody(world):
    sequence = make_sequence({"channels": ["call"], "body": "Ask for {{ title }}"}, owner=world.rep)
    assert start(world, sequence).entered


def test_the_same_contact_is_in_a_sequence_once(world, sequence):
    start(world, sequence)
    [(_contact, why)] = start(world, sequence, world.contact, world.contact).refused
    assert why == "Is in this sequence already."


def test_contacts_of_another_company_are_refused(world, sequence):
    [(_contact, why)] = start(world, sequence, make_contact()).refused
    assert "another company" in why


def test_a_manager_enrolls_for_the_owner_and_an_outsider_does_not(world, sequence):
    assert start(world, sequence, by=world.outsider).refused
    [enrollment] = start(world, sequence, by=world.manager).entered
    assert enrollment.owner == world.rep


def test_the_check_says_what_enrolling_does_and_writes_nothing(world, sequence):
    third = make_contact(world.account, first_name="Emil", email="")
    OptOut.objects.create(contact=third, channel="all")
    fourth = make_contact(world.account, first_name="Fred")
    contacts = [world.contact, world.colleague, third, fourth]

    checked = check_enrollment(
        contacts=contacts, sequence=sequence, dream_client=world.dream_client, by=world.rep, now=A_TUESDAY
    )

    assert not Enrollment.objects.exists()
    assert [row.verdict for row in checked] == ["enters", "enters", "refused", "waits"]
    assert checked[0].first_at == A_TUESDAY
    assert checked[0].last_at == A_TUESDAY.replace(hour=9) + timedelta(days=2)
    result = start(world, sequence, *contacts)
    assert [row.contact for row in result.entered] == [world.contact, world.colleague]
    assert [row.contact for row in result.waiting] == [fourth]
    assert [row[0] for row in result.refused] == [third]


def test_exit_skips_what_is_open_and_says_why(world, sequence):
    [enrollment] = start(world, sequence).entered
    exit_enrollment(enrollment=enrollment, reason="wrong person", by=world.rep, now=A_TUESDAY)
    exit_enrollment(enrollment=enrollment, reason="again", by=world.rep, now=A_TUESDAY)

    enrollment.refresh_from_db()
    touch = enrollment.touches.get()
    assert (enrollment.state, enrollment.reason, enrollment.ended_at) == ("exited", "wrong person", A_TUESDAY)
    assert (touch.state, touch.reason) == ("skipped", "wrong person")
    assert Activity.objects.filter(kind="exited").count() == 1
    world.dream_client.refresh_from_db()
    assert world.dream_client.next_touch_at is None


def test_a_pause_keeps_the_rest_of_the_delay(world):
    sequence = make_sequence(("call", 4), owner=world.rep, schedule=world.schedule)
    [enrollment] = start(world, sequence).entered  # due on Monday
    thursday = A_TUESDAY + timedelta(days=2)
    pause_enrollment(enrollment=enrollment, by=world.rep, reason="holiday", now=thursday)
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.remaining_days) == ("paused", 2)
    assert not enrollment.touches.exists()

    a_month_later = thursday + timedelta(days=28)
    resume_enrollment(enrollment=enrollment, by=world.rep, now=a_month_later)
    enrollment.refresh_from_db()
    assert enrollment.state == "active"
    assert enrollment.touches.get().due_at == (a_month_later + timedelta(days=4)).replace(hour=9)  # Monday
    assert list(Activity.objects.filter(kind__in=["paused", "resumed"]).values_list("kind", flat=True)) == [
        "resumed",
        "paused",
    ]


def test_one_that_waited_waits_again_after_a_pause(world, sequence):
    third = make_contact(world.account, first_name="Emil")
    [waiting] = start(world, sequence, world.contact, world.colleague, third).waiting
    pause_enrollment(enrollment=waiting, by=world.rep, now=A_TUESDAY)
    resume_enrollment(enrollment=waiting, by=world.rep, now=A_TUESDAY)
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_what_has_ended_neither_pauses_nor_resumes(world, sequence):
    [enrollment] = start(world, sequence).entered
    with pytest.raises(NotRunning):
        resume_enrollment(enrollment=enrollment, by=world.rep)
    exit_enrollment(enrollment=enrollment, reason="x", by=world.rep)
    with pytest.raises(NotRunning):
        pause_enrollment(enrollment=enrollment, by=world.rep)


def test_an_answer_stops_the_contact_and_pauses_the_others_and_tells_their_owners(world, sequence):
    third = make_contact(world.account, first_name="Emil")
    [mine, others] = start(world, sequence, world.contact, world.colleague).entered
    [waiting] = start(world, sequence, third).waiting
    stop_account(account=world.account, contact=world.contact, reason="meeting booked", by=world.manager)

    for row in (mine, others, waiting):
        row.refresh_from_db()
    assert (mine.state, mine.reason) == ("exited", "meeting booked")
    assert (others.state, others.reason, others.paused_until) == ("paused", "meeting booked", None)
    assert waiting.state == "paused"
    assert not Touch.objects.open().exists()
    assert Notification.objects.filter(user=world.rep).count() == 2
    assert not Notification.objects.filter(user=world.manager).exists()


def test_a_sequence_may_go_on_after_a_meeting(world):
    sequence = make_sequence(*CALL_THEN_CALL, owner=world.rep, exit_on_meeting=False)
    [enrollment] = start(world, sequence).entered
    stop_account(
        account=world.account, contact=world.contact, reason="meeting", by=world.rep, cause="meeting"
    )
    enrollment.refresh_from_db()
    assert enrollment.state == "active"


def test_after_the_last_step_it_is_finished(world, sequence):
    [enrollment] = start(world, sequence).entered
    for days in (0, 2):
        touch = enrollment.touches.open().get()
        complete_touch(touch=touch, by=world.rep, outcome="no_answer", now=A_TUESDAY + timedelta(days=days))
    enrollment.refresh_from_db()
    assert enrollment.state == "finished"
    assert Activity.objects.get(kind="exited").data["state"] == "finished"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_enroll_a_contact_once_and_fill_the_places_exactly(world, sequence):
    Organisation.objects.update_or_create(pk=1, defaults={"active_per_account": 1})
    barrier = threading.Barrier(2)
    results = []

    def go(*contacts):
        try:
            barrier.wait()
            results.append(start(world, sequence, *contacts))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=go, args=(world.contact, world.colleague)),
        threading.Thread(target=go, args=(world.colleague, world.contact)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(len(result.refused) for result in results) == [0, 2]
    assert sorted(Enrollment.objects.values_list("state", flat=True)) == ["active", "waiting"]
    assert Touch.objects.count() == 1


def test_another_dream_client_has_places_of_its_own(world, sequence):
    other = make_dream_client(owner=world.rep)
    start(world, sequence, world.contact, world.colleague)
    contact = make_contact(other.account)
    result = enroll(contacts=[contact], sequence=sequence, dream_client=other, by=world.rep, now=A_TUESDAY)
    assert result.entered
