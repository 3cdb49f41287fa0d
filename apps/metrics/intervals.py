"""How far a share may lie from the true one, given how few cases it rests on."""

from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5% point of the normal distribution: two-sided 95%."""


def wilson(hits: int, cases: int) -> tuple[float, float] | None:
    """The 95% score interval of `hits` out of `cases`, without continuity correction; None for no cases.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc. 22
    (1927) 209-212; method 3 of R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison
    of seven methods", Statistics in Medicine 17 (1998) 857-872, against whose table I the tests hold it.
    """
    if not cases:
        return None
    share = hits / cases
    spread = Z_95 * sqrt(share * (1 - share) / cases + Z_95**2 / (4 * cases**2))
    middle = share + Z_95**2 / (2 * cases)
    whole = 1 + Z_95**2 / cases
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
