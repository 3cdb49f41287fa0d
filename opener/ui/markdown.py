"""What people write in Markdown, as HTML that is safe to show.

Three walls, each of which would do: HTML in the text is text (markdown-it), only what notes need is let through (nh3),
and the page's Content-Security-Policy loads nothing from elsewhere. An image becomes a link to it.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import nh3
from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "hr", "li", "ol", "p", "pre", "s", "span", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title", "target"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}


@lru_cache(maxsize=256)
def markdown(text: str, mentions: tuple[str, ...] = ()) -> SafeString:
    """`text` as HTML. An "@" before one of the full names in `mentions` is marked as a mention."""
    html = _parser().render(text.replace("\x00", "\ufffd"), {"mentions": mentions})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes={"span": {"mention"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - nh3 let through nothing but the tags above


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    parser.enable(["table", "strikethrough"])
    parser.core.ruler.push("opener", _ours)
    return parser


def _ours(state: StateCore) -> None:
    """Headings below the page's own, images as links, plain addresses as links, mentions marked."""
    names = state.env.get("mentions", ())
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"
        elif token.type == "inline":
            token.children = list(_inline(token.children or [], names))


def _inline(tokens: list[Token], names: Sequence[str]) -> Any:
    depth = 0
    for token in tokens:
        if token.type == "link_open":
            depth += 1
            token.attrSet("target", "_blank")
        elif token.type == "link_close":
            depth -= 1
        if token.type == "image":
            yield _html(_image(token, inside_link=depth > 0))
        elif token.type == "text" and depth == 0:
            yield _html(_text(token.content, names))
        else:
            yield token


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def _image(token: Token, *, inside_link: bool) -> str:
    words = escape(token.content or str(token.attrGet("src") or ""))
    if inside_link:
        return words
    return f'<a href="{escape(str(token.attrGet("src") or ""))}" target="_blank">{words}</a>'


def _text(text: str, names: Sequence[str]) -> str:
    """Escaped, its addresses links; what follows an "@" and is a name in `names` stands in a span."""
    if not names or "@" not in text:
        return _linked(text)
    found = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    parts = re.split(rf"(?<!\w)(@(?:{found}))(?!\w)", text, flags=re.IGNORECASE)
    return "".join(
        f'<span class="mention">{escape(part)}</span>' if index % 2 else _linked(part)
        for index, part in enumerate(parts)
    )


def _linked(text: str) -> str:
    return urlize(text, autoescape=True).replace("<a href=", '<a target="_blank" href=')


def plain(text: str, length: int = 200) -> str:
    """The beginning of `text` in one line, for where there is no room."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
