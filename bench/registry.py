"""Which benchmarks there are, and what one says."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Setup:
    """What was asked for on the command line."""

    accounts: int
    activities: int
    requests: int
    fresh: bool = False


@dataclass(frozen=True)
class Result:
    """A figure beside its floor: the same work with nothing of ours around it, measured in the same run."""

    name: str
    size: int
    value: float
    unit: str
    floor: float | None = None
    queries: int | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the floor; for rates (per second) how many times slower than it."""
        if not self.floor or not self.value:
            return None
        return self.floor / self.value if self.unit.endswith("/s") else self.value / self.floor


type Benchmark = Callable[[Setup], list[Result]]


def _later(module: str, name: str) -> Benchmark:
    """The benchmark of a module that may be imported only once Django is set up."""

    def run(setup: Setup) -> list[Result]:
        results: list[Result] = getattr(import_module(module), name)(setup)
        return results

    return run


_PAGES = (
    "dream_clients", "accounts", "deep", "filtered", "accounts_filtered", "contacts", "contacts_filtered", "record", "today", "board", "metrics", "search",
)  # fmt: skip

BENCHMARKS: dict[str, Benchmark] = {
    "list": _later("bench.pages", "of_list"),
    **{name: _later("bench.pages", name) for name in _PAGES},
    "create": _later("bench.writing", "create"),
    "bulk_assign": _later("bench.bulk", "bulk_assign"),
    "mail": _later("bench.mail", "mail"),
    "import": _later("bench.importing", "importing"),
    "demo": _later("bench.loading", "demo"),
}
