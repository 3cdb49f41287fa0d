"""Loading the demo into an empty database."""

from io import StringIO
from time import perf_counter

from django.core.management import call_command

from apps.activities.models import Activity
from bench.database import SCRATCH, create, migrate, use
from bench.registry import Result, Setup

MOST_SECONDS = 120.0
"""What is promised for 100,000 accounts and 300,000 activities on two cores."""


def demo(setup: Setup) -> list[Result]:
    """Seconds for the whole organisation, beside what is promised for it."""
    create(SCRATCH, drop=True)
    use(SCRATCH)
    migrate()
    began = perf_counter()
    call_command(
        "demo", "--accounts", str(setup.accounts), "--activities", str(setup.activities), stdout=StringIO()
    )
    seconds = perf_counter() - began
    promised = MOST_SECONDS * setup.accounts / 100_000
    note = f"{Activity.objects.count():,} activities; the floor is what is promised: {promised:.0f} s"
    return [Result("demo", setup.accounts, seconds, "s", promised, note=note)]
