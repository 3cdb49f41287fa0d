"""Addresses of what all tables share: their saved views, their filters, their cells, and work on many rows."""

from typing import Any

app_name = "tables"

urlpatterns: list[Any] = []
