"""200 due emails, and what can go wrong with the machines that send them: each mail arrives once, or the row says so.

No clock is faked and no call is replaced: workers and beats are the processes of an installation, killed and stopped
by signals at the worst moments, which the mail server at the other end chooses.
"""

import signal
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.mail.models import OutboundEmail
from apps.mail.services import make_message_id
from tests.faults.machine import Machine, count, over

pytestmark = [pytest.mark.slow]

EMAILS = 200


@pytest.fixture
def emails(transactional_db: None) -> list[OutboundEmail]:
    """All due, each to somebody else."""
    due_at = timezone.now() - timedelta(minutes=1)
    return OutboundEmail.objects.bulk_create(
        OutboundEmail(
            key=f"fault:{number}",
            from_address="ann@opener.test",
            to_address=f"c{number}@company.test",
            subject=f"Figure {number}",
            text="Hello.",
            message_id=make_message_id("ann@opener.test"),
            due_at=due_at,
        )
        for number in range(EMAILS)
    )


def assert_each_once(machine: Machine) -> None:
    """The promise: no mail twice, none forgotten; what is not accepted says unknown."""
    ids = machine.peer.ids
    assert len(ids) == len(set(ids)), "a mail arrived twice"
    assert count(state__in=["accepted", "unknown"]) == EMAILS, machine.report()
    accepted = set(OutboundEmail.objects.filter(state="accepted").values_list("message_id", flat=True))
    unknown = set(OutboundEmail.objects.filter(state="unknown").values_list("message_id", flat=True))
    assert accepted <= set(ids), "a row says accepted, and nothing arrived"
    assert set(ids) <= accepted | unknown


def unknown_recipients() -> set[str]:
    return set(OutboundEmail.objects.filter(state="unknown").values_list("to_address", flat=True))


def test_workers_killed_in_the_middle(machine: Machine, emails: list[OutboundEmail]) -> None:
    peer = machine.peer
    in_work: set[str] = set()
    worker = machine.start("worker")

    def kill() -> None:
        in_work.update(peer.live.values())
        machine.signal(worker, signal.SIGKILL)

    peer.on("stored", *[0.003] * 60, kill)
    machine.ticks_until(lambda: worker.poll() is not None)
    worker = machine.start("worker")
    peer.on("rcpt", *[0.003] * 40, kill)
    machine.ticks_until(lambda: worker.poll() is not None)
    assert 90 <= len(peer.stored) < EMAILS
    machine.start("worker")
    machine.ticks_until(over)
    assert_each_once(machine)
    assert unknown_recipients() <= in_work, "unknown, though nobody was handing it over"
    # Killed with the mail stored and its 250 on the way: nobody can know, and the row says so.
    assert peer.stored[60].recipient in unknown_recipients()
    assert len(in_work) <= 4  # two processes each time


def test_redis_flushed_and_a_second_beat(machine: Machine, emails: list[OutboundEmail]) -> None:
    peer = machine.peer
    peer.on("mail", 0.01, always=True)
    peer.on("stored", *[0.0] * 50, machine.redis.flushdb)
    peer.on("stored", *[0.0] * 50, machine.redis.flushdb)
    for name in ("worker", "beat", "beat"):
        machine.start(name)
    machine.until(over)
    assert_each_once(machine)
    assert not unknown_recipients()
    # Beat's messages still arrive after Redis forgot everything.
    OutboundEmail.objects.update(state="scheduled", accepted_at=None)
    peer.stored.clear()
    peer.always.clear()
    machine.until(over)
    assert_each_once(machine)


@pytest.mark.parametrize("stage", ["rcpt", "stored"])
def test_a_worker_stopped_beyond_its_lease(machine: Machine, emails: list[OutboundEmail], stage: str) -> None:
    peer = machine.peer
    stopped: list[subprocess.Popen[bytes]] = []
    first = machine.start("worker")
    in_work: set[str] = set()

    def stop() -> None:
        in_work.update(peer.live.values())
        machine.signal(first, signal.SIGSTOP)
        stopped.append(first)

    peer.on(stage, *[0.003] * 60, stop)
    machine.ticks_until(lambda: bool(stopped))
    machine.start("worker")
    machine.ticks_until(over)
    assert_each_once(machine)
    assert unknown_recipients() <= in_work
    before = len(peer.stored)
    machine.signal(first, signal.SIGCONT)
    # It wakes up in the middle of a mail. What others took over it must leave alone; what it learns it may still write.
    machine.until(lambda: not peer.live)
    machine.ticks_until(lambda: count(state="unknown") == 0)
    OutboundEmail.objects.filter(state="scheduled").update(due_at=timezone.now())
    machine.ticks_until(over)
    assert_each_once(machine)
    assert len(peer.stored) - before <= len(in_work)
