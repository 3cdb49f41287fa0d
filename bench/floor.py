"""The floor of a page: its rows fetched by bare SQL, and shown by a view that does nothing else.

The queries are those of the page itself, apart from what every page asks (who is signed in, what the bell says). They
are executed as text; what they return is rendered as plain tables by the same template engine. No middleware, no
models, no forms, no design: what a page of ours costs beyond that is ours.
"""

from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory

_FRAME = ("django_session", "users_membership", "activities_notification")
_TEMPLATE = (
    "<!doctype html><title>Rows</title>{% for rows in tables %}<table>{% for row in rows %}<tr>"
    "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>{% endfor %}"
)


def is_of_the_page(statement: str) -> bool:
    """Whether a query belongs to the page, not to the frame around every page."""
    if not statement.lstrip("( ").upper().startswith(("SELECT", "WITH")):
        return False
    return not any(f'FROM "{table}"' in statement for table in _FRAME)


def milliseconds_of_sql(statements: list[str], repeat: int) -> float:
    """The median time to fetch the rows, and nothing else."""
    return _median(lambda: _fetch(statements), repeat)


def milliseconds_of_bare_view(statements: list[str], repeat: int) -> float:
    """The median time of a view that fetches the same rows and shows them as plain tables."""
    template = engines["django"].from_string(_TEMPLATE)

    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(template.render({"tables": _fetch(statements)}))

    request = RequestFactory().get("/")
    return _median(lambda: view(request), repeat)


def _fetch(statements: list[str]) -> list[list[tuple[Any, ...]]]:
    tables = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            tables.append(cursor.fetchall())
    return tables


def _median(call: Any, repeat: int) -> float:
    call()
    times = []
    for _turn in range(repeat):
        began = perf_counter()
        call()
        times.append((perf_counter() - began) * 1000)
    return median(times)
