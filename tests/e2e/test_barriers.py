"""axe finds nothing in the dark, on a phone and signed out. Every page in the light: test_every_page.py."""

import pytest

from tests.e2e.conftest import VisitMaker

FADED = (
    "async () => { const frame = () => new Promise(done => requestAnimationFrame(done)); await frame(); await frame();"
    " await Promise.allSettled(document.getAnimations().map(one => one.finished)); await frame(); }"
)
"""New colours begin to fade in with the next frame; axe sees them when they are there."""


DARK = {
    "rep@demo.test": [
        "/", "/lists/1/", "/dream-clients/", "/insights/", "/accounts/", "/accounts/1/", "/sequences/1/", "/pipeline/",
        "/metrics/", "/search/?q=ha",
    ],
    "admin@demo.test": ["/settings/people/", "/settings/fields/", "/bin/", "/metrics/touches/"],
}  # fmt: skip
"""Pages that hold every component between them. What every page has in the light, test_every_page asks."""


@pytest.mark.parametrize("email", DARK)
def test_colours_part_in_the_dark(visit: VisitMaker, email: str) -> None:
    visitor = visit(email)
    found: list[str] = []
    visitor.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    for path in DARK[email]:
        visitor.page.goto(path)
        visitor.page.evaluate(FADED)
        found += [f"{path}: {one}" for one in visitor.barriers("color-contrast")]
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
