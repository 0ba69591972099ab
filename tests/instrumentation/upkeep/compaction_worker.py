"""A process that compacts a store again and again, for a test that kills it: ``python compaction_worker.py PATH``."""

import sys

from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep import rewriting
from tierscope.instrumentation.upkeep.compaction import compact


def main() -> None:
    """Compact for ever, in pages small enough that a kill falls into the middle of one file."""
    rewriting.PAGE_ROWS = 400  # type: ignore[misc] # a constant for everyone else
    store = Store(sys.argv[1])
    print("begun", flush=True)
    while True:
        compact(store)
        print("rewritten", flush=True)


if __name__ == "__main__":
    main()
