"""`backupserv verify`: read snapshots back and prove them."""

import argparse
import sys
from collections.abc import Sequence

from bot.cli.common import open_engine, print_json, progress
from core.operations.verify import VerifyReport

_CODES = {"proven": 0, "damaged": 5, "unchecked": 6}
_WORDS = {"proven": "is good", "damaged": "is DAMAGED", "unchecked": "could not be checked"}
_EPILOG = """\
levels: 1 the stored bytes are those that were written · 2 they open to what was saved · 3 and mean what they should
exit codes: 0 all proven · 5 one is damaged, forged or gone · 6 one could not be checked

examples:
  backupserv verify                      the newest, up to level 3
  backupserv verify 7q2fk3 --on s3       one of them, in the copy called s3
  backupserv verify all --level 1        the stored bytes of all of them
  backupserv verify all --days 30        those whose turn it is, if a run a day is to prove all within 30 days"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, where, and how far."""
    parser.add_argument("snapshot", nargs="*", metavar="ID|WHEN|all", help="default: the newest")
    parser.add_argument("--level", type=int, choices=(1, 2, 3), help="how far; default: 3 for one, 2 for all")
    parser.add_argument("--on", metavar="STORAGE", help="in this storage; default: the repository")
    parser.add_argument("--days", type=_days, default=1, metavar="N", help="of all, only today's share of N days")
    parser.epilog = _EPILOG


def _days(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected 1 or more")
    return number


def run(args: argparse.Namespace) -> int:
    """The verdicts, and what they rest on."""
    reference = " ".join(args.snapshot) or "latest"
    engine = open_engine(args)
    with progress(args) as steps:
        if reference == "all":
            made = engine.verify_all(level=args.level or 2, storage=args.on, days=args.days, progress=steps)
        else:
            made = iter([engine.verify(reference, level=args.level or 3, storage=args.on, progress=steps)])
        reports = list(made)
        place = engine.place(args.on)
        problems = place.examine() if reference == "all" else ()
    if args.json:
        found = [_as_dict(report) for report in reports]
        print_json(found if reference == "all" else found[0])
    else:
        _tell(reports, whole=reference == "all")
    for problem in problems:
        print(f"  ! {problem}", file=sys.stderr if args.json else sys.stdout)
    verdicts = {report.verdict for report in reports}
    verdicts |= {"unchecked" if problem in place.unchecked else "damaged" for problem in problems}
    return next((_CODES[word] for word in ("damaged", "unchecked") if word in verdicts), 0)


def _tell(reports: Sequence[VerifyReport], *, whole: bool) -> None:
    """Of all, only those that are not good, and a sum."""
    for report in reports:
        if not whole or report.verdict != "proven":
            reached = f"(level {report.level} of 3, on {report.storage})"
            print(f"{report.snapshot.id} {_WORDS[report.verdict]} {reached}: {report.detail}")
    if whole:
        good = sum(report.verdict == "proven" for report in reports)
        seconds = sum(report.seconds for report in reports)
        print(f"{good} of {len(reports)} snapshots are good · {seconds:.1f}s")


def _as_dict(report: VerifyReport) -> dict[str, object]:
    return {
        "snapshot": report.snapshot.id,
        "storage": report.storage,
        "verdict": report.verdict,
        "level": report.level,
        "detail": report.detail,
        "seconds": round(report.seconds, 3),
    }
