"""The pages that people open all day: what the server needs for one, through all middleware, signed in."""

from statistics import median
from time import perf_counter

from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import Account
from apps.dreamclients.models import DreamClient
from apps.users.models import User
from bench.database import demo_data
from bench.floor import is_of_the_page, milliseconds_of_bare_view, milliseconds_of_sql
from bench.registry import Result, Setup
from opener.paging import keyset

ADMIN, MANAGER, REP = "admin@demo.test", "manager@demo.test", "rep@demo.test"
DEEP = 40_000
"""How many rows lie before the deep page (fewer where there are fewer)."""


def measure(setup: Setup, name: str, path: str, *, email: str = ADMIN) -> list[Result]:
    """The median server time of `path` for one person, beside its floor."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email=email))
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status_code} to {email}")
    count = len(queries)
    statements = [query["sql"] for query in queries.captured_queries if is_of_the_page(query["sql"])]
    for _warm_up in range(3):
        client.get(path)
    times = []
    for _turn in range(setup.requests):
        began = perf_counter()
        client.get(path)
        times.append((perf_counter() - began) * 1000)
    bare = milliseconds_of_bare_view(statements, setup.requests)
    sql = milliseconds_of_sql(statements, setup.requests)
    note = f"best {min(times):.1f} ms, SQL {sql:.1f} ms, {len(response.content) // 1024} KB"
    return [Result(name, setup.accounts, median(times), "ms", bare, count, note)]


def page(
    setup: Setup, name: str, url: str, *args: object, query: str = "", email: str = ADMIN
) -> list[Result]:
    """Measure a page by its URL's name on the benchmarks' data."""
    demo_data(setup.accounts, setup.activities, fresh=setup.fresh)
    try:
        path = reverse(url, args=args)
    except NoReverseMatch:
        raise RuntimeError(f"there is no URL {url}") from None
    return measure(setup, name, path + query, email=email)


def of_list(setup: Setup) -> list[Result]:
    """The dream clients of the largest list, as an admin sees them."""
    demo_data(setup.accounts, setup.activities, fresh=setup.fresh)
    largest = DreamClient.objects.current().values("list").annotate(number=Count("pk")).order_by("-number")[0]
    return page(setup, "list", "dreamclients:list", largest["list"])


def dream_clients(setup: Setup) -> list[Result]:
    """All dream clients."""
    return page(setup, "dream_clients", "dreamclients:all", query="?view=team")


def accounts(setup: Setup) -> list[Result]:
    """The first page of all accounts."""
    return page(setup, "accounts", "accounts:list")


def deep(setup: Setup) -> list[Result]:
    """A page far down in the accounts."""
    demo_data(setup.accounts, setup.activities, fresh=setup.fresh)
    rows = Account.objects.only("name_key")
    cursor = keyset(rows, order=["name_key", "id"], size=min(DEEP, setup.accounts // 2)).next
    return page(setup, "deep", "accounts:list", query=f"?cursor={cursor}")


def filtered(setup: Setup) -> list[Result]:
    """Dream clients of tier A that are engaged and go cold."""
    return page(setup, "filtered", "dreamclients:all", query="?view=team&tier=A&rung=engaged&cold=1")


def accounts_filtered(setup: Setup) -> list[Result]:
    """Accounts of two industries, many people in them, worked by nobody."""
    where = "industry.is.(energy,health_care),employees.over.20000,owner.empty"
    return page(setup, "accounts filtered", "accounts:list", query=f"?where={where}")


def contacts_filtered(setup: Setup) -> list[Result]:
    """Contacts without an address, or of decision makers' kind, who did not opt out."""
    where = "or(email.empty,role.is.decision_maker),opted_out.is.no"
    return page(setup, "contacts filtered", "accounts:contacts", query=f"?where={where}")


def contacts(setup: Setup) -> list[Result]:
    """The first page of all contacts."""
    return page(setup, "contacts", "accounts:contacts")


def record(setup: Setup) -> list[Result]:
    """The account with the longest history that the rep works."""
    demo_data(setup.accounts, setup.activities, fresh=setup.fresh)
    rows = Account.objects.filter(dream_clients__owner__email=REP).annotate(number=Count("activities"))
    return page(setup, "record", "record", rows.order_by("-number", "pk")[0].pk, email=REP)


def today(setup: Setup) -> list[Result]:
    """A rep's queue."""
    return page(setup, "today", "today:queue", email=REP)


def board(setup: Setup) -> list[Result]:
    """The pipeline, of one team and of all."""
    return page(setup, "board", "pipeline:board", email=MANAGER) + page(
        setup, "board (all teams)", "pipeline:board"
    )


def metrics(setup: Setup) -> list[Result]:
    """The overview, of one team and of all."""
    return page(setup, "metrics", "metrics:overview", email=MANAGER) + page(
        setup, "metrics (all teams)", "metrics:overview"
    )


def search(setup: Setup) -> list[Result]:
    """What begins with some letters."""
    return page(setup, "search", "search:results", query="?q=kes", email=REP)
