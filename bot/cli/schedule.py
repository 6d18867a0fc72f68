"""`backupserv schedule`: what is done by itself, what came of it last, when it comes again; pauses, and one job now."""

import argparse

from bot.chat.lasting import EXAMPLES, read_lasting
from bot.cli.common import load_settings, open_engine, print_json, progress
from bot.cli.main import add_shared
from bot.cli.who import who
from bot.timetable import Timetable
from bot.wiring_schedule import build_timetable
from core.domain.errors import ConfigInvalid
from core.operations.duty_verbs import carry_out
from core.operations.engine import Engine

_EPILOG = """\
examples:
  backupserv schedule                        every job: last run, next run in the schedule's time zone
  backupserv schedule pause sync for 2h      it does not begin meanwhile, and is caught up once, afterwards
  backupserv schedule resume sync
  backupserv schedule run verify             one job now, as the schedule would do it; the schedule goes on as it was
exit code of run: 1 where it went wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with it."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    add_shared(shared)
    what = parser.add_subparsers(dest="what", metavar="WHAT")
    pause = what.add_parser("pause", parents=[shared], help="a job does not begin for a time")
    pause.add_argument("job", metavar="JOB", help="or all")
    pause.add_argument("lasting", metavar="[for] TIME", nargs="+", help=EXAMPLES)
    resume = what.add_parser("resume", parents=[shared], help="the end of a pause")
    resume.add_argument("job", metavar="JOB", help="or all")
    now = what.add_parser("run", parents=[shared], help="one job now")
    now.add_argument("job", metavar="JOB")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """The list, or one of them."""
    engine = open_engine(args, for_backup=args.what == "run")
    timetable = build_timetable(load_settings(args), engine)
    by = f"{who()} on the command line"
    if args.what == "pause":
        return _pause(args, timetable, by)
    if args.what == "resume":
        ended = timetable.resume(args.job, by)
        _say(args, {"job": args.job, "resumed": ended}, f"{args.job} {'begins again' if ended else 'is not paused'}")
        return 0
    return _run_now(args, timetable, engine) if args.what == "run" else _list(args, timetable)


def _pause(args: argparse.Namespace, timetable: Timetable, by: str) -> int:
    words = [word for word in args.lasting if word.lower() != "for"]
    lasting = read_lasting(words[0]) if len(words) == 1 else None
    if lasting is None:
        raise ConfigInvalid("for how long?", hint=EXAMPLES)
    until = timetable.pause(args.job, lasting, by)
    told = f"{args.job} does not begin until {until:%a %d %b %H:%M %Z}; what is missed is caught up then"
    _say(args, {"job": args.job, "paused_until": until.isoformat()}, told)
    return 0


def _list(args: argparse.Namespace, timetable: Timetable) -> int:
    rows, uncovered = timetable.rows(), timetable.uncovered()
    if args.json:
        print_json({"jobs": [row.as_dict() for row in rows], "unscheduled": list(uncovered)})
        return 0
    for row in rows:
        print(row)
    if not rows:
        print("nothing is scheduled: [schedule] in the configuration says so")
    for name in uncovered:
        print(f"  ! no job saves {name}")
    return 0


def _run_now(args: argparse.Namespace, timetable: Timetable, engine: Engine) -> int:
    with progress(args) as steps:
        done = carry_out(engine, timetable.duty(args.job), steps)
    _say(args, {"job": args.job, "good": done.good, "detail": done.detail}, done.detail)
    return 0 if done.good else 1


def _say(args: argparse.Namespace, told: dict[str, object], text: str) -> None:
    if args.json:
        print_json(told)
    else:
        print(text)
