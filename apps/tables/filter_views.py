"""The form in which a filter is put together."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.tables.builder import Builder
from apps.tables.table import Table
from apps.tables.view_views import table_of
from apps.tables.where import Group, WhereError, parse, write
from opener.http import AuthedRequest, is_ours, render


@require_GET
def build(request: AuthedRequest, key: str) -> HttpResponse:
    """Put a filter together; "apply" leads back to the table with it."""
    table = table_of(request, key)
    do = request.GET.get("do", "")
    builder = _builder(request, table)
    if do == "apply":
        group = builder.group()
        if not builder.has_errors:
            return redirect(_back(request, table, group))
    else:
        builder.do(do)
        if "j0" not in request.GET and not any(block.lines for block in builder.blocks):
            builder.do("add")
    context = {
        "builder": builder,
        "blocks": builder.drawn(),
        "fields": builder.fields().items(),
        "table": table,
        "to": _to(request, table),
        "at": request.GET.get("at", ""),
    }
    status = 422 if do == "apply" else 200
    return render(request, "tables/filter.html", context, part="dialog", status=status)


def _builder(request: AuthedRequest, table: Table) -> Builder:
    if "j0" in request.GET:
        return Builder.of_form(table, request.GET)
    try:
        builder = Builder.of_group(table, parse(request.GET.get("where", "")))
    except WhereError as error:
        builder = Builder.of_group(table, Group())
        builder.problem = str(error)
    return builder


def _to(request: AuthedRequest, table: Table) -> str:
    """The page to go back to: one of ours."""
    given = request.GET.get("to", "")
    return given if is_ours(request, given) else reverse(table.url_name)


def _back(request: AuthedRequest, table: Table, group: Group) -> str:
    parts = urlsplit(_to(request, table))
    added = urlencode({"where": write(group)})
    return f"{parts.path}?{parts.query}&{added}" if parts.query else f"{parts.path}?{added}"
