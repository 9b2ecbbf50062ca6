"""Measures overcut: the same sums with other tools; or, by an option, the whole job against reading alone, or layers.

Scenes are made once and kept in `scene/`; results go to `../results/`.
"""

from __future__ import annotations

import argparse
import sys

from layered import run_layered
from limit import run_limit
from versus import default_threads, run_peers

LIMIT_CASES = ["5000:1000", "10000:1000", "10000:10000", "20000:1000"]


def case(text: str) -> tuple[int, int]:
    """Read SIZE:LICENCES."""
    size, _, licences = text.partition(":")
    return int(size), int(licences or 1000)


def main() -> int:
    """Run what the command line asks for; 1 if tools disagree or a bound is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4000, help="rows and columns of the scene (default 4000)")
    parser.add_argument("--licences", type=int, default=200, help="number of licences (default 200)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each program, taking turns (default 3)")
    parser.add_argument("--threads", type=int, default=default_threads(), help="default: one for each core")
    parser.add_argument("--predictor", type=int, choices=(1, 2, 3), default=1, help="of DEFLATE (default 1, none)")
    parser.add_argument("--limit", action="store_true", help="the whole job against reading alone")
    parser.add_argument(
        "--layers", action="store_true", help="layers and a third survey beside the plain pass over two"
    )
    parser.add_argument(
        "--cases",
        nargs="+",
        metavar="SIZE[:LICENCES]",
        default=LIMIT_CASES,
        help=f"with --limit (default {' '.join(LIMIT_CASES)})",
    )
    given = parser.parse_args()
    if given.limit:
        met = run_limit([case(text) for text in given.cases], given.repeats, given.threads, given.predictor)
    elif given.layers:
        met = run_layered(given.size, given.licences, given.repeats, given.threads, given.predictor)
    else:
        met = run_peers(given.size, given.licences, given.repeats, given.threads, given.predictor)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
