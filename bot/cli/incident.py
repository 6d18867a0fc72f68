"""`backupserv incident`: begin one, write down what is seen, end it, and get the report for the review."""

import argparse
from pathlib import Path

from bot.cli.common import open_engine, print_json, progress
from bot.cli.who import who
from core.disk import write_whole
from core.domain.case import KEPT_AFTER, Case
from core.domain.errors import ObjectExists
from core.domain.review import Review
from core.domain.review_page import markdown
from core.operations.cases import told_of
from core.operations.engine import Engine

_EPILOG = """\
examples:
  backupserv incident open somebody drops channels     nothing is removed, everything is saved, what was before stays
  backupserv incident open                             go on with one whose opening was cut short
  backupserv incident note the links came back at 21:40
  backupserv incident close all channels are back
  backupserv incident report --to review.md            the page for the post-incident review
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with it."""
    parser.add_argument("deed", choices=["open", "note", "close", "report", "list"], help="what to do")
    parser.add_argument("words", metavar="TEXT", nargs="*", help="title of a new one, note, last word, or ID to report")
    parser.add_argument("--to", metavar="FILE", type=Path, help="write the report there, as Markdown")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """One deed."""
    engine, by, text = open_engine(args), f"{who()} on the command line", " ".join(args.words)
    if args.deed == "report":
        return _report(args, engine, text)
    if args.deed == "list":
        return _list(args, engine)
    if args.deed == "open":
        with progress(args) as steps:
            cases = engine.cases
            case = cases.open(text, by=by, progress=steps) if text else cases.go_on(by=by, progress=steps)
            copies = engine.sync(progress=steps)
        code = _told(args, case, told_of(case))
        for copy in copies if not args.json else ():
            print(f"  {'! ' if copy.trouble else ''}{copy}")
        return max(code, int(any(copy.trouble for copy in copies)))
    if args.deed == "note":
        case = engine.cases.note(text, by=by)
        return _told(args, case, f"noted in incident {case.id}: {len(case.notes)} so far")
    case = engine.cases.close(text, by=by)
    return _told(args, case, f"incident {case.id} is closed: what was kept for it stays {KEPT_AFTER.days} more days")


def _told(args: argparse.Namespace, case: Case, line: str) -> int:
    """Exit code 1 where something of it could not be done."""
    troubles = case.troubles if args.deed == "open" else ()
    if args.json:
        print_json(_as_dict(case))
    else:
        print(line)
        for trouble in troubles:
            print(f"! {trouble}")
    return int(bool(troubles))


def _list(args: argparse.Namespace, engine: Engine) -> int:
    known = engine.cases.all()
    if args.json:
        print_json([_as_dict(case) for case in known])
        return 0
    for case in known:
        print(case.cut_short or case.standing)
    return 0


def _report(args: argparse.Namespace, engine: Engine, case_id: str) -> int:
    review: Review = engine.cases.report(case_id)
    page = markdown(review, engine.repository.root)
    if args.to is not None:
        _write(args.to, page)
    if args.json:
        print_json(review.as_dict())
    elif args.to is None:
        print(page, end="")
    else:
        print(f"{args.to}: {review.headlines[0]}")
    return 0


def _write(path: Path, page: str) -> None:
    """A page that is there is somebody's work by now."""
    try:
        write_whole(path, [page.encode(errors="backslashreplace")], exclusive=True)
    except ObjectExists:
        raise ObjectExists(f"{path} exists, and what was filled in is not written over", hint="name another") from None


def _as_dict(case: Case) -> dict[str, object]:
    return {**case.as_dict(), "notes": len(case.notes)}
