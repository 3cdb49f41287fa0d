"""Figures as people read them."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.metrics.definitions import Figure, Metric
from opener.ui.words import money


def spoken(metric: Metric, figure: Figure, currency: str) -> str:
    """The value with its unit; "" where there is none."""
    if figure.value is None:
        return ""
    if metric.unit == "money":
        return money(figure.value, currency)
    if metric.unit == "share":
        return percent(figure.value)
    if metric.unit == "ratio":
        return number_format(round(Decimal(str(figure.value)), 1), 1)
    return number_format(figure.value, force_grouping=True)


def percent(share: float) -> str:
    """0.253 as "25%"."""
    return f"{round(share * 100)}%"


def note(metric: Metric, figure: Figure, currency: str) -> str:
    """What the value is made of, and how sure it is; "" where there is nothing yet."""
    if not figure.n and not figure.of:
        return ""
    if metric.unit == "money":
        return ngettext("on %s opening", "on %s openings", int(figure.of)) % number_format(figure.of)
    said = metric.said(figure)
    if metric.slug == "creation-share-value":
        said = _("%(n)s of %(of)s") % {"n": money(figure.n, currency), "of": money(figure.of, currency)}
    if figure.interval is None or not said:
        return said
    low, high = (percent(end) for end in figure.interval)
    return _("%(said)s, 95%%: %(low)s to %(high)s") % {"said": said, "low": low, "high": high}


def change(metric: Metric, now: Figure, before: Figure, currency: str) -> tuple[str, bool | None]:
    """The change against the period before, as "+4", and whether it is good (None: nobody knows). ("", None) for none."""
    if not metric.at or now.value is None or before.value is None or now.value == before.value:
        return "", None
    up = now.value > before.value
    sign = "+" if up else "-"
    gap = abs(now.value - before.value)
    if metric.unit == "money":
        text = money(gap, currency)
    elif metric.unit == "share":
        points = round(gap * 100)
        text = _("%s pts") % points if points else ""
    elif metric.unit == "ratio":
        tenths = round(gap, 1)
        text = number_format(tenths, 1) if tenths else ""
    else:
        text = number_format(gap, force_grouping=True)
    good = None if not metric.good or may_be_chance(now, before) else up == (metric.good == "more")
    return (f"{sign}{text}", good) if text else ("", None)


def may_be_chance(now: Figure, before: Figure) -> bool:
    """True for two shares whose intervals overlap: no verdict, and no colour, on a handful of cases."""
    if now.interval is None or before.interval is None:
        return False
    return now.interval[0] <= before.interval[1] and before.interval[0] <= now.interval[1]
