"""What views read from forms and addresses that anybody may write."""

import pytest
from django.test import RequestFactory

from opener.http import back_to, id_of, is_ours, selected_ids


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\\\evil.test",
        "javascript:alert(1)",
        "users:settings",
        "0",
        "a:b",
        "\x00",
    ],
)
def test_a_way_back_that_is_no_address_of_ours_is_left_out(address: str) -> None:
    request = RequestFactory().post("/", {"next": address})
    assert back_to(request, "/home/") == "/home/"


def test_a_way_back() -> None:
    assert back_to(RequestFactory().post("/", {"next": "/accounts/?q=a"}), "/home/") == "/accounts/?q=a"


@pytest.mark.parametrize("text", ["", "²", "-1", "1.0", "9" * 19, "9" * 5000, "1\x00", "None"])
def test_what_is_no_id_names_no_row(text: str) -> None:
    assert id_of(text) == 0
    assert selected_ids(RequestFactory().post("/", {"selected": [text, "7"]})) == [7]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "accounts/",
        "//evil.test",
        "/\t//evil.test",
        "/\n/evil.test",
        "/\\evil.test",
        "https://evil.test/",
        "/\x7f/x",
        "/ /x",
    ],
)
def test_an_address_that_may_lead_elsewhere_is_none_of_ours(rf: RequestFactory, address: str) -> None:
    assert not is_ours(rf.get("/"), address)


def test_a_path_with_its_query_is_ours(rf: RequestFactory) -> None:
    assert is_ours(rf.get("/"), "/accounts/?where=tier.is.A,or(owner.empty)&q=a%20b#x")
