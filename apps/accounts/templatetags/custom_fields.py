"""Custom fields in templates."""

from typing import Any

from django import template

from apps.accounts import custom

register = template.Library()


@register.filter
def custom_facts(row: Any, model: str) -> list[tuple[str, str]]:
    """Label and value of the custom fields that a row has values for: `dream_client|custom_facts:"dream_client"`."""
    return custom.shown(model, row)
