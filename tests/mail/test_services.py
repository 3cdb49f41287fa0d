"""Writing mail down, calling it back, settling it; and who must not be written to."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import OptOut
from apps.activities.models import Activity
from apps.mail import services
from apps.mail.models import Suppression
from tests import factories as make
from tests.mail.rows import make_email, state

pytestmark = pytest.mark.django_db


def test_one_key_is_one_email() -> None:
    first, second = make_email(key="reminder:1"), make_email(key="reminder:1", subject="Another")
    assert first.pk == second.pk
    assert second.subject == "A figure"


def test_a_message_id_tells_only_the_senders_domain() -> None:
    email = make_email(from_address="Ann <ann@Sales.Opener.test>")
    assert email.message_id.endswith("@sales.opener.test>")
    assert len(email.message_id) == len("<@sales.opener.test>") + 32
    for strange in ["", f"a@{'d' * 200}.test", "a@bücher.test", "a@x>\r\nBcc: <b@c"]:
        assert services.make_message_id(strange).endswith("@opener.invalid>")


@pytest.mark.parametrize("waiting", ["scheduled", "claimed"])
def test_what_waits_can_be_called_back(waiting: str) -> None:
    email = make_email()
    if waiting == "claimed":
        hold(email, "claimed")
    assert services.cancel_email(email=email, why="They answered.")
    assert state(email) == "cancelled"
    assert email.answer == "They answered."
    assert not services.cancel_email(email=email, why="Again")


@pytest.mark.parametrize("over", ["handing_over", "accepted", "refused", "unknown", "failed"])
def test_what_is_over_cannot(over: str) -> None:
    email = make_email()
    hold(email, over)
    assert not services.cancel_email(email=email, why="They answered.")
    assert state(email) == over


def hold(email: Any, name: str) -> None:
    """Put it into a state, with what the state needs."""
    fields = {"claim_token": email.unsubscribe_token, "claimed_until": timezone.now()}
    if name == "accepted":
        fields = {"accepted_at": timezone.now()}
    type(email).objects.filter(pk=email.pk).update(state=name, **fields)


@pytest.mark.parametrize("name", ["unknown", "failed", "refused"])
def test_a_person_sends_once_more(name: str) -> None:
    email = make_email(attempts=9)
    hold(email, name)
    assert services.retry_email(email=email, by=make.make_user("Ada"))
    assert state(email) == "scheduled"
    assert (email.attempts, email.claim_token) == (0, None)
    assert "Ada" in email.answer
    assert not services.retry_email(email=email, by=make.make_user("Ada"))


@pytest.mark.parametrize("name", ["scheduled", "claimed", "handing_over", "accepted", "cancelled"])
def test_what_does_not_wait_for_a_person_is_not_theirs(name: str) -> None:
    email = make_email()
    hold(email, name)
    by = make.make_user()
    assert not services.retry_email(email=email, by=by)
    assert not services.settle_email(email=email, arrived=True, by=by)
    assert not services.settle_email(email=email, arrived=False, by=by)
    assert state(email) == name


def test_an_unknown_one_arrived() -> None:
    email = make_email(handed_over_at=timezone.now())
    hold(email, "unknown")
    assert services.settle_email(email=email, arrived=True, by=make.make_user())
    assert state(email) == "accepted"
    assert email.accepted_at == email.handed_over_at


@pytest.mark.parametrize("name", ["failed", "refused"])
def test_what_the_server_refused_did_not_arrive(name: str) -> None:
    email = make_email()
    hold(email, name)
    assert not services.settle_email(email=email, arrived=True, by=make.make_user())
    assert services.settle_email(email=email, arrived=False, by=make.make_user())
    assert state(email) == "cancelled"


def test_constraints_hold_what_must_never_be_false() -> None:
    email = make_email()
    for wrong in [{"state": "sent"}, {"state": "claimed"}, {"state": "accepted"}]:
        with pytest.raises(IntegrityError), transaction.atomic():
            type(email).objects.filter(pk=email.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(address="Carla@company.test", reason="manual")


@pytest.mark.parametrize("address", ["carla@mail.company.test", "mail.company.test", "COMPANY.test"])
def test_an_address_its_domain_and_the_domains_above(address: str) -> None:
    services.suppress(address=address, reason="manual")
    assert services.is_suppressed("Carla@Mail.Company.test ")
    assert not services.is_suppressed("carla@othercompany.test")


def test_suppressing_twice_keeps_the_first_reason() -> None:
    services.suppress(address="Carla@company.test", reason="bounced")
    services.suppress(address="carla@company.test", reason="manual")
    assert Suppression.objects.get().reason == "bounced"


@pytest.mark.parametrize(("channel", "blocked"), [("email", True), ("all", True), ("call", False)])
def test_an_opt_out_blocks_all_addresses_of_a_contact(channel: str, blocked: bool) -> None:
    contact = make.make_contact(email="carla@company.test")
    contact.emails.create(address="c.diaz@company.test", is_primary=False)
    contact.opt_outs.create(channel=channel)
    assert services.is_suppressed("carla@company.test") is blocked
    assert services.is_suppressed("C.Diaz@company.test") is blocked


def test_looking_an_opt_out_up_does_not_read_the_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    with CaptureQueriesContext(connection) as queries:
        services.is_suppressed("carla@company.test")
    for query in queries.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("explain " + query["sql"])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan" not in plan


def test_unsubscribing_leaves_rows_once() -> None:
    contact = make.make_contact(email="carla@company.test")
    email = make_email(is_outreach=True, contact=contact)
    assert services.unsubscribe(email=email)
    assert not services.unsubscribe(email=email)
    assert OptOut.objects.get().channel == "email"
    assert Suppression.objects.get().address == "carla@company.test"
    activity = Activity.objects.get(kind="opted_out")
    assert (activity.contact, activity.account, activity.source) == (contact, contact.account, "contact")


def test_unsubscribing_without_a_contact_suppresses_the_address() -> None:
    assert services.unsubscribe(email=make_email(is_outreach=True))
    assert Suppression.objects.get().address == "carla@company.test"
    assert not OptOut.objects.exists()
