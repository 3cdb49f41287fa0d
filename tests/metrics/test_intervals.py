"""Wilson's interval against published values."""

import pytest

from apps.metrics.intervals import wilson


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(hits: int, cases: int, low: float, high: float) -> None:
    found = wilson(hits, cases)
    assert found is not None
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


def test_all_of_them_mirrors_none_of_them() -> None:
    none, every = wilson(0, 20), wilson(20, 20)
    assert none is not None
    assert every is not None
    assert every == pytest.approx((1 - none[1], 1 - none[0]))


def test_no_cases_say_nothing() -> None:
    assert wilson(0, 0) is None
