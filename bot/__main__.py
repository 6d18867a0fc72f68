"""`python -m bot` is `backupserv`."""

import gc
import sys

from bot.cli.main import main as run_verb
from bot.cycles import look_seldom


def main() -> int:
    """One verb as a whole program. What is imported stays: nobody looks through it for garbage, nor at the end."""
    look_seldom()
    code = run_verb()
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
