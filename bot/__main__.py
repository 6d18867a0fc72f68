"""`python -m bot` is `backupserv`."""

import gc
import sys

from bot.cli.main import main as run_verb

_SELDOM = 50_000  # new containers between two searches for dead cycles; Python's own 700 search the imports 200 times


def main() -> int:
    """One verb as a whole program. What is imported stays: nobody looks through it for garbage, nor at the end.

    The bot, which stays for months, has it as usual again: `bot.cycles`.
    """
    gc.set_threshold(_SELDOM)
    code = run_verb()
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
