"""`python -m bench [names]`: measure, print a table, write bench.json into the data folder. Without names: all."""

import argparse
import json
import os
import sys
from pathlib import Path

from bench import database
from bench.registry import BENCHMARKS, Setup
from bench.report import as_json, table


def main() -> int:
    """Run the benchmarks that were named. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(BENCHMARKS)} (all)")
    parser.add_argument(
        "--accounts",
        type=int,
        nargs="+",
        default=[100_000],
        help="how many accounts (100000); of several sizes the growth is shown",
    )
    parser.add_argument("--activities", type=int, help="how many activities (three an account)")
    parser.add_argument(
        "--requests", type=int, default=30, help="how many requests a page (30); the median counts"
    )
    parser.add_argument("--fresh", action="store_true", help="load the data anew even where it is there")
    options = parser.parse_args()
    names = options.names or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    setups = [
        Setup(size, options.activities or 3 * size, options.requests, fresh=options.fresh)
        for size in options.accounts
    ]
    with database.servers():
        results = []
        for name in names:
            for setup in setups:
                print(f"{name}, {setup.accounts:,} accounts …", file=sys.stderr, flush=True)
                results += BENCHMARKS[name](setup)
    print(table(results))
    file = Path(os.environ.get("OPENER_DATA_DIR", ".data")) / "bench.json"
    file.write_text(json.dumps(as_json(results), indent=1) + "\n")
    print(f"\nWritten to {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
