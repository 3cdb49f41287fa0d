"""Every page of the frame: the policy refuses nothing, nothing overflows, headings and titles are there."""

import pytest

from tests.e2e.conftest import VisitMaker

REP = [
    "/",
    "/lists/",
    "/lists/1/",
    "/lists/new/",
    "/dream-clients/",
    "/dream-clients/?view=cold",
    "/insights/",
    "/accounts/",
    "/accounts/1/",
    "/accounts/new/",
    "/contacts/",
    "/sequences/",
    "/sequences/1/",
    "/pipeline/",
    "/metrics/",
    "/imports/",
    "/imports/new/",
    "/search/?q=ha",
    "/notifications/",
    "/tasks/new/",
    "/settings/profile/",
    "/demo/mail/",
]
ADMIN = [
    "/settings/people/",
    "/settings/teams/",
    "/settings/organisation/",
    "/settings/pipeline/",
    "/settings/outbox/",
    "/settings/audit-log/",
    "/metrics/touches/",
]


@pytest.mark.parametrize(
    ("email", "paths"), [("rep@demo.test", REP), ("admin@demo.test", ADMIN)], ids=["rep", "admin"]
)
def test_pages_keep_to_the_policy_and_the_screen(visit: VisitMaker, email: str, paths: list[str]) -> None:
    visitor = visit(email)
    page = visitor.page
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert page.locator("h1").count() == 1, path
        visitor.shoot("page" + path.split("?")[0].replace("/", "-").rstrip("-"))
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 850})
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, f"{path} is {over} px too wide at {width}"


def test_sign_in_says_who_may_try(visit: VisitMaker) -> None:
    visitor = visit()
    visitor.page.goto("/")
    assert "/account/login/" in visitor.page.url
    visitor.shoot("sign-in")
    visitor.sign_in("manager@demo.test")
    assert "/account/login" not in visitor.page.url
