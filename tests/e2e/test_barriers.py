"""axe finds nothing on any page, in either theme: WCAG 2.2 A and AA, and what axe counts as good practice."""

import pytest

from tests.e2e.conftest import VisitMaker
from tests.e2e.test_pages import ADMIN, REP

FADED = (
    "async () => { const frame = () => new Promise(done => requestAnimationFrame(done)); await frame(); await frame();"
    " await Promise.allSettled(document.getAnimations().map(one => one.finished)); await frame(); }"
)
"""New colours begin to fade in with the next frame; axe sees them when they are there."""


@pytest.mark.parametrize(
    ("email", "paths"),
    [
        ("rep@demo.test", REP[: len(REP) // 2]),
        ("rep@demo.test", REP[len(REP) // 2 :]),
        ("admin@demo.test", ADMIN),
    ],
    ids=["rep-1", "rep-2", "admin"],
)
def test_axe_finds_nothing(visit: VisitMaker, email: str, paths: list[str]) -> None:
    visitor = visit(email)
    found: list[str] = []
    for path in paths:
        visitor.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        visitor.page.goto(path)
        found += [f"{path}: {one}" for one in visitor.barriers()]
        visitor.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        visitor.page.evaluate(FADED)
        found += [f"{path} (dark): {one}" for one in visitor.barriers("color-contrast")]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_a_phone_and_signed_out(visit: VisitMaker) -> None:
    visitor = visit()
    page = visitor.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(reduced_motion="reduce")
    found: list[str] = []
    for path in ("/account/login/", "/account/password/reset/"):
        page.goto(path)
        found += [f"{path}: {one}" for one in visitor.barriers()]
    visitor.sign_in("rep@demo.test")
    for path in ("/", "/accounts/1/", "/dream-clients/", "/accounts/"):
        page.goto(path)
        found += [f"{path}: {one}" for one in visitor.barriers()]
    assert not found, "\n".join(found)
