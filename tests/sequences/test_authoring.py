import threading

import pytest
from django.db import connection, transaction

from apps.sequences import authoring
from apps.sequences.authoring import NotPossible, StepText
from apps.sequences.lint import lint
from apps.sequences.models import Enrollment, Schedule, Sequence, SequenceVersion
from apps.sequences.services import enroll
from apps.users.models import AuditEntry
from tests.factories import A_TUESDAY, make_schedule, make_sequence, make_team, make_user

MAIL = StepText(["email"], 1, "give", "Hello", "A figure for {{ company }}")


def steps(sequence, version=None):
    version = version or authoring.current_version(sequence)
    return [(step.position, step.channels[0]) for step in version.steps.order_by("position")]


@pytest.fixture
def sequence(db):
    return make_sequence(("email", 0), ("call", 2), ("letter", 3))


def test_a_new_sequence_is_a_draft_with_a_version(db):
    user = make_user(team=make_team())
    sequence = Sequence(name="Energy", team_id=user.home_team_id, schedule=make_schedule())
    authoring.create_sequence(sequence=sequence, by=user)
    assert (sequence.status, sequence.owner) == ("draft", user)
    assert sequence.versions.get().number == 1
    assert AuditEntry.objects.get().by == user


def test_the_first_sequence_finds_a_schedule(db):
    assert authoring.default_schedule() == authoring.default_schedule()
    assert Schedule.objects.count() == 1


def test_steps_are_added_moved_changed_and_removed_in_order(sequence):
    by = sequence.owner
    first = authoring.current_version(sequence).steps.get(position=1)
    added = authoring.add_step(sequence=sequence, text=MAIL, after=first, by=by)
    assert steps(sequence) == [(1, "email"), (2, "email"), (3, "call"), (4, "letter")]
    authoring.move_step(step=added, by=by, places=1)
    assert steps(sequence) == [(1, "email"), (2, "call"), (3, "email"), (4, "letter")]
    authoring.move_step(step=first, by=by, places=-1)
    authoring.change_step(step=first, text=StepText(["visit"], 0, "ask", "", "Go there"), by=by)
    authoring.remove_step(step=added, by=by)
    assert steps(sequence) == [(1, "visit"), (2, "call"), (3, "letter")]
    assert sequence.versions.count() == 1
    sequence.refresh_from_db()
    assert sequence.version == 6


def test_whoever_is_on_the_way_keeps_their_version(world, sequence):
    sequence = make_sequence(("call", 0), ("call", 2), owner=world.rep)
    [enrollment] = enroll(
        contacts=[world.contact],
        sequence=sequence,
        dream_client=world.dream_client,
        by=world.rep,
        now=A_TUESDAY,
    ).entered
    before = enrollment.sequence_version
    step = before.steps.get(position=1)

    changed = authoring.change_step(step=step, text=MAIL, by=world.rep)

    newest = authoring.current_version(sequence)
    assert (newest.number, changed.version) == (2, newest)
    assert steps(sequence) == [(1, "email"), (2, "call")]
    assert steps(sequence, before) == [(1, "call"), (2, "call")]
    assert newest.steps.get(position=2).variants.get().body
    authoring.remove_step(step=newest.steps.get(position=2), by=world.rep)
    assert sequence.versions.count() == 2
    with pytest.raises(NotPossible):
        authoring.change_step(step=step, text=MAIL, by=world.rep)


def test_what_has_ended_keeps_its_version_as_well(world):
    sequence = make_sequence(("call", 0), owner=world.rep)
    enroll(contacts=[world.contact], sequence=sequence, dream_client=world.dream_client, by=world.rep)
    Enrollment.objects.update(state="exited", reason="x", ended_at=A_TUESDAY)
    authoring.add_step(sequence=sequence, text=MAIL, by=world.rep)
    assert sequence.versions.count() == 2


def test_status(sequence):
    Sequence.objects.update(status="draft")
    sequence.refresh_from_db()
    by = sequence.owner
    with pytest.raises(NotPossible):
        authoring.set_status(sequence=sequence, status="paused", by=by)
    for status in ("active", "paused", "active", "archived", "active"):
        assert authoring.set_status(sequence=sequence, status=status, by=by).status == status
    assert AuditEntry.objects.filter(action="sequence status").count() == 5


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (None, "at least one step"),
        ({"channels": ["email"], "subject": "", "body": "x"}, "subject and a text"),
        ({"channels": ["call"], "body": "Hi {{ nick }}"}, "nick"),
    ],
)
def test_what_is_wrong_is_not_activated(db, step, said):
    sequence = make_sequence(step or ("call", 0), status="draft")
    if step is None:
        authoring.current_version(sequence).steps.all().delete()
    with pytest.raises(NotPossible, match=said):
        authoring.set_status(sequence=sequence, status="active", by=sequence.owner)


def test_bring_before_you_ask(db):
    ask = {"channels": ["call"], "intent": "ask", "body": "x"}
    give = {"channels": ["call"], "intent": "give", "body": "x"}

    def said(*steps):
        return [finding.text for finding in lint(authoring.current_version(make_sequence(*steps)))]

    assert said(ask, ask, ask, give) == ["The first steps all ask. Bring before you ask."]
    assert said(ask, ask, give, ask) == []


def test_unwise_but_possible(db):
    sequence = make_sequence(
        {"channels": ["email"], "body": "Dear {{ title }}"}, {"channels": ["call"], "subject": "", "body": ""}
    )
    said = [(finding.said, finding.is_error) for finding in lint(authoring.current_version(sequence))]
    assert said == [
        ("Step 1: Whoever has no title cannot be enrolled, as there is no fallback.", False),
        ("Step 2: There is no script. What is to be said or done?", False),
    ]


@pytest.mark.django_db(transaction=True)
def test_nobody_enrolls_on_a_version_while_its_steps_change(world):
    sequence = make_sequence(("call", 0), owner=world.rep)
    step = authoring.current_version(sequence).steps.get()
    barrier = threading.Barrier(2)

    def run(work):
        try:
            barrier.wait()
            work()
        finally:
            connection.close()

    def start():
        enroll(contacts=[world.contact], sequence=sequence, dream_client=world.dream_client, by=world.rep)

    def change():
        authoring.change_step(step=step, text=MAIL, by=world.rep)

    threads = [threading.Thread(target=run, args=(work,)) for work in (start, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    enrollment = Enrollment.objects.get()
    touch = enrollment.touches.get()
    assert touch.step is not None
    assert touch.step.version == enrollment.sequence_version
    assert touch.channels == touch.step.channels
    # Either the edit came first, and there is one version, or it made a second and left the first alone.
    if SequenceVersion.objects.count() == 2:
        assert enrollment.sequence_version.steps.get().channels == ["call"]


@pytest.mark.django_db(transaction=True)
def test_of_two_authors_at_once_one_makes_the_next_version_and_the_other_is_told(world):
    sequence = make_sequence(("call", 0), owner=world.rep)
    enroll(contacts=[world.contact], sequence=sequence, dream_client=world.dream_client, by=world.rep)
    step = authoring.current_version(sequence).steps.get()
    barrier, said = threading.Barrier(4), []

    def change():
        try:
            barrier.wait()
            authoring.change_step(step=step, text=MAIL, by=world.rep)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            said.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=change) for _author in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert said == [NotPossible] * 3
    assert sequence.versions.count() == 2


@pytest.mark.django_db(transaction=True)
def test_whoever_edits_waits_for_an_enrollment_that_is_not_committed_yet(world):
    sequence = make_sequence(("call", 0), owner=world.rep)
    step = authoring.current_version(sequence).steps.get()
    enrolled, edited = threading.Event(), threading.Event()

    def change():
        try:
            enrolled.wait(timeout=10)
            authoring.change_step(step=step, text=MAIL, by=world.rep)
            edited.set()
        finally:
            connection.close()

    author = threading.Thread(target=change)
    author.start()
    with transaction.atomic():
        enroll(contacts=[world.contact], sequence=sequence, dream_client=world.dream_client, by=world.rep)
        enrolled.set()
        assert not edited.wait(timeout=1)
    author.join(timeout=10)

    assert edited.is_set()
    assert sequence.versions.count() == 2
    assert Enrollment.objects.get().sequence_version.steps.get().channels == ["call"]
