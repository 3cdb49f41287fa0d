from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import OptOut
from apps.accounts.services import opt_out
from apps.activities.models import Activity
from apps.dreamclients import services as dreamclients
from apps.mail.models import OutboundEmail
from apps.mail.services import unsubscribe
from apps.sequences import engine
from apps.sequences.engine import tick
from apps.sequences.models import Enrollment, Touch
from apps.sequences.services import pause_enrollment
from tests.factories import A_TUESDAY, make_touch, make_user
from tests.sequences.world import SOON, end, start

Mail = OutboundEmail.State
NOTHING = dict.fromkeys(["taken up", "told", "signals", "woken", "let in", "due", "sent"], 0)


def test_an_opt_out_that_another_app_wrote_ends_the_enrollment(world, in_outbox):
    opt_out(contact=world.contact, channel="email", by=None, at=SOON)
    tick(now=SOON)
    assert Enrollment.objects.get().reason == "opted out"
    assert OutboundEmail.objects.get().state == "cancelled"


def test_a_click_to_unsubscribe_ends_the_enrollment_and_is_one_opt_out(world, in_outbox):
    end(in_outbox.email, Mail.ACCEPTED)
    tick(now=SOON)
    unsubscribe(email=in_outbox.email, at=SOON)
    tick(now=SOON)
    assert Enrollment.objects.get().state == "exited"
    assert Activity.objects.filter(kind="opted_out").count() == 1


def test_a_touch_by_hand_of_somebody_who_opted_out_meanwhile_is_skipped(world):
    call = make_touch(world.contact, owner=world.rep, due_at=A_TUESDAY)
    visit = make_touch(world.contact, owner=world.rep, due_at=A_TUESDAY, channel="visit")
    OptOut.objects.create(contact=world.contact, channel="call")
    tick(now=A_TUESDAY)
    call.refresh_from_db()
    visit.refresh_from_db()
    assert (call.state, call.reason, visit.state) == ("skipped", "opted out", "due")


def test_an_opt_out_before_the_start_that_does_not_concern_the_sequence_ends_nothing(world):
    OptOut.objects.create(contact=world.contact, channel="visit", at=A_TUESDAY - timedelta(hours=1))
    start(world, ("auto_email", 0))
    assert tick(now=A_TUESDAY)["sent"] == 1


def test_ruling_out_ends_and_parking_pauses(world, in_outbox):
    dreamclients.park(dream_client=world.dream_client, until=A_TUESDAY + timedelta(days=9), by=world.rep)
    Activity.objects.filter(kind="parked")
    engine.LOOK_BACK, before = timedelta(days=36_500), engine.LOOK_BACK
    try:
        tick(now=SOON)
        assert Enrollment.objects.get().state == "paused"
        assert Enrollment.objects.get().paused_until == A_TUESDAY + timedelta(days=9)
        dreamclients.rule_out(dream_client=world.dream_client, reason="bought by a rival", by=world.rep)
        tick(now=SOON)
    finally:
        engine.LOOK_BACK = before
    assert Enrollment.objects.get().state == "exited"


def test_taken_up_again_it_goes_on(world, in_outbox):
    now = timezone.now()
    dreamclients.park(dream_client=world.dream_client, until=now + timedelta(days=90), by=world.rep)
    tick(now=now)
    assert Enrollment.objects.get().state == "paused"
    dreamclients.revive(dream_client=world.dream_client, by=world.rep)
    tick(now=now)
    assert Enrollment.objects.get().state == "active"
    assert Touch.objects.open().count() == 1


def test_taken_up_again_what_a_person_paused_stays_so(world, in_outbox):
    now = timezone.now()
    dreamclients.park(dream_client=world.dream_client, until=now + timedelta(days=90), by=world.rep)
    pause_enrollment(enrollment=Enrollment.objects.get(), by=world.rep, now=now)
    dreamclients.revive(dream_client=world.dream_client, by=world.rep)
    tick(now=now)
    assert Enrollment.objects.get().state == "paused"


def test_what_nobody_signalled_is_seen_when_the_touch_falls_due(world):
    start(world, ("auto_email", 0))
    world.dream_client.__class__.objects.update(ruled_out_at=A_TUESDAY, ruled_out_reason="no")
    tick(now=A_TUESDAY)
    assert Enrollment.objects.get().state == "exited"
    assert not OutboundEmail.objects.exists()


def test_a_dream_client_given_to_a_colleague_takes_its_touches_along(world):
    touch = start(world, ("call", 0))
    other = make_user("Bo Ek", team=world.team)
    dreamclients.assign(dream_client=world.dream_client, owner=other, by=world.manager)
    tick(now=A_TUESDAY)
    touch.refresh_from_db()
    assert (touch.owner, touch.enrollment.owner) == (other, other)
    assert touch.enrollment.mailbox.owner == other
