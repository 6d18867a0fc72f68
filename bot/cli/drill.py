"""`backupserv drill`: bring a snapshot back where it hurts nobody, boot the real program on it, and measure."""

import argparse
from pathlib import Path

from bot.cli.common import open_engine, print_json, progress
from core.domain.drill import DrillReport
from core.domain.objective import short

_CODES = {"proven": 0, "damaged": 5, "unchecked": 6}
_EPILOG = """\
the newest snapshot that is known to open, out of the storage that was drilled longest ago, into a private folder; the
real program boots on it without a network, is asked, and saves back; what it lost or added is told. Nothing living is
touched.
exit codes: 0 all came back as saved · 5 it did not · 6 it could not be done

examples:
  backupserv drill                       the services database
  backupserv drill --from s3             out of that storage
  backupserv drill all                   every source, in the order of a recovery
  backupserv drill --with /opt/atheme-7.3/bin/atheme-services    would an upgrade live on it?
  backupserv drill --list                what was measured so far"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, from where, with what."""
    parser.add_argument("source", nargs="?", metavar="SOURCE|all", help="default: the services database")
    parser.add_argument("--from", dest="storage", metavar="STORAGE", help="default: the one drilled longest ago")
    parser.add_argument("--with", dest="program", type=Path, metavar="PATH", help="another services program, for once")
    parser.add_argument("--list", action="store_true", help="the reports that are kept, and no drill")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """One line, the steps, and what is to be known."""
    engine = open_engine(args)
    if args.list:
        return _list(engine.drills(), as_json=args.json)
    with progress(args) as steps:
        report = engine.drill(
            args.source, storage=args.storage, program=args.program, by="the command line", progress=steps
        )
    if args.json:
        print_json(report.as_dict())
    else:
        _tell(report)
    return _CODES[report.verdict]


def _list(reports: tuple[DrillReport, ...], *, as_json: bool) -> int:
    if as_json:
        print_json([report.as_dict() for report in reports])
        return 0
    for report in reports:
        print(f"{report.at:%Y-%m-%d %H:%M}Z {report}")
    if not reports:
        print("nothing was drilled yet: `backupserv drill`")
    return 0


def _tell(report: DrillReport) -> None:
    print(report)
    for step in report.steps:
        print(f"  {step.name:<12} {short(step.seconds):>7}  {step.told}".rstrip())
    for title, rows in (("not saved back", report.lost), ("saved and not given", report.added)):
        if rows:
            print(f"  ! {title}: {', '.join(rows)}")
