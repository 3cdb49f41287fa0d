"""Writing one row through a page: what the server needs, beside the same statements in a bare transaction."""

from collections.abc import Callable
from itertools import count
from statistics import median
from time import perf_counter

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.users.models import User
from bench.database import demo_data
from bench.pages import REP
from bench.registry import Result, Setup

_WRITES = ("INSERT", "UPDATE", "DELETE")


def create(setup: Setup) -> list[Result]:
    """A new account, by the form. Its floor: a view that does the same writes and nothing else."""
    demo_data(setup.accounts, setup.activities, fresh=setup.fresh)
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email=REP))
    path, numbers = reverse("accounts:create"), count(1)

    def post() -> None:
        number = next(numbers)
        data = {"name": f"Newcomer {number} of today", "domain": f"newcomer-{number}.test"}
        response = client.post(path, data)
        if response.status_code != 302:
            raise RuntimeError(f"{path} answered {response.status_code}")

    with CaptureQueriesContext(connection) as queries:
        _undone(post)
    asked = [query["sql"] for query in queries.captured_queries]
    statements = [sql for sql in asked if sql.startswith(_WRITES)]
    number = sum(not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")) for sql in asked)

    def bare() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    value, floor = _median(post, setup.requests), _median(bare, setup.requests)
    note = f"{len(statements)} statements that write"
    return [Result("create", setup.accounts, value, "ms", floor, number, note)]


def _undone(write: Callable[[], None]) -> float:
    """Milliseconds that `write` takes; what it wrote is rolled back."""
    with transaction.atomic():
        began = perf_counter()
        write()
        taken = (perf_counter() - began) * 1000
        transaction.set_rollback(True)
    return taken


def _median(write: Callable[[], None], repeat: int) -> float:
    _undone(write)
    return median(_undone(write) for _turn in range(repeat))
