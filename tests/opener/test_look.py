"""What the look promises: readable colours in both themes, files that exist, nothing inline."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.http import Http404
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.utils import timezone

from opener import dev

STATIC = Path(__file__).resolve().parents[2] / "static"
TOKENS = dict(
    re.findall(r"--([a-z-]+): light-dark\((#\w{6}), #\w{6}\)", (STATIC / "css/tokens.css").read_text())
)
DARK = dict(
    re.findall(r"--([a-z-]+): light-dark\(#\w{6}, (#\w{6})\)", (STATIC / "css/tokens.css").read_text())
)
GROUNDS = ["bg", "surface", "sunken"]
TONES = ["accent", "gift", "ask", "danger", "info"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [TOKENS, DARK], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(theme: dict[str, str]) -> None:
    pairs = [(text, ground) for text in ("text", "muted", *TONES) for ground in GROUNDS]
    pairs += [(tone, f"{tone}-ground") for tone in TONES] + [("on-accent", "accent")]
    pairs += [("text", f"{tone}-ground") for tone in TONES]
    for text, ground in pairs:
        assert contrast(theme[text], theme[ground]) >= 5.2, f"{text} on {ground}"


@pytest.mark.parametrize("theme", [TOKENS, DARK], ids=["light", "dark"])
def test_the_edge_of_a_control_is_seen(theme: dict[str, str]) -> None:
    assert contrast(theme["control"], theme["surface"]) >= 3.6
    assert min(contrast(theme["control"], theme[ground]) for ground in GROUNDS) >= 3, "WCAG 1.4.11"


def test_only_the_tokens_name_colours() -> None:
    for path in (STATIC / "css").glob("*.css"):
        if path.name == "tokens.css":
            continue
        found = re.search(r"#[0-9a-fA-F]{3,8}\b(?![^\n]*\{)|\brgb\(|\bhsl\(", path.read_text())
        assert not found, f"{path.name}: {found.group(0)}"


def test_every_token_that_is_used_exists() -> None:
    styles = "\n".join(path.read_text() for path in (STATIC / "css").glob("*.css"))
    named = set(re.findall(r"(--[a-z0-9-]+)\s*:", styles))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", styles)) <= named


def page() -> str:
    request = RequestFactory().get("/dev/components/")
    request.user = AnonymousUser()
    return render_to_string("dev/components.html", dev.context(timezone.localtime()), request)


def test_every_file_that_a_page_links_exists() -> None:
    linked = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page()))
    assert len(linked) > 15
    assert not [name for name in linked if not finders.find(name)]


def test_components_hold_nothing_inline() -> None:
    html = page()
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*src=)|<style|javascript:", html)


def test_ids_are_unique_where_labels_point_at_them() -> None:
    html = render_to_string("components/bar.html", {"nav": ""})
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@override_settings(DEBUG=False)
def test_the_components_are_shown_in_development_only() -> None:
    with pytest.raises(Http404):
        dev.components(RequestFactory().get("/dev/components/"))
