"""`backupserv notices`: what is wrong, what was said of it, and what has not arrived yet."""

import argparse
import asyncio

from bot.cli.common import load_settings, open_engine, print_json
from bot.cli.who import who
from core.domain.moment import show
from core.notices.outbox import Backlog
from core.operations.teller import Teller

_EPILOG = """\
examples:
  backupserv notices                 what is wrong now, and the newest notices
  backupserv notices --test          does a notice reach every place? (the opers' channel: !test alerts)
exit code 1 where a place was not reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, or a test."""
    parser.add_argument("-n", dest="number", type=int, default=20, metavar="N", help="so many of the newest")
    parser.add_argument("--test", action="store_true", help="tell every place something now, and say what came of it")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """A list, or a verdict for each place."""
    if args.test:
        return _test(args)
    teller = open_engine(args).teller
    if args.json:
        print_json(_as_dict(teller, args.number))
        return 0
    for incident in teller.notices.incidents():
        known = f" · {incident.acked_by} knows" if incident.acked_by else ""
        print(
            f"{incident.trouble.gravity.upper()} {incident.cause}: {incident.trouble.title} "
            f"(since {show(incident.opened_at)}, {incident.count:,} times){known}"
        )
    for place in teller.notices.outbox.backlog():
        print(_told(place))
    for notice in reversed(teller.notices.newest(args.number)):
        print(f"{show(notice.at)}  {notice.headline}")
    return 0


def _told(place: Backlog) -> str:
    if place.disabled:
        return f"{place.target}: told nothing any more: {place.disabled}"
    last = f"last reached {show(place.delivered_at)}" if place.delivered_at else "never reached yet"
    why = f": {place.why}" if place.why else ""
    return f"{place.target}: {last}, {place.waiting} waiting{why}"


def _as_dict(teller: Teller, number: int) -> dict[str, object]:
    notices = teller.notices
    return {
        "incidents": [
            {
                "cause": item.cause,
                "gravity": item.trouble.gravity,
                "title": item.trouble.title,
                "since": item.opened_at.isoformat(),
                "count": item.count,
                "known_to": item.acked_by,
            }
            for item in notices.incidents()
        ],
        "places": [
            {"name": place.target, "waiting": place.waiting, "why": place.why, "disabled": place.disabled}
            for place in notices.outbox.backlog()
        ],
        "newest": [
            {"at": item.at.isoformat(), "cause": item.cause, "state": item.state, "headline": item.headline}
            for item in notices.newest(number)
        ],
    }


def _test(args: argparse.Namespace) -> int:
    from bot.telling import Telling  # noqa: PLC0415 — the libraries behind it are large
    from bot.wiring_notify import build_notifiers  # noqa: PLC0415 — same

    settings, engine = load_settings(args), open_engine(args)
    telling = Telling(engine.teller, build_notifiers(settings), engine.clock.now)
    verdicts = asyncio.run(telling.test_once(f"{who()} on the command line"))
    if args.json:
        print_json(verdicts)
    for verdict in verdicts if not args.json else ():
        print(verdict)
    if not verdicts and not args.json:
        print("there is no place to tell: [notify.NAME] in the configuration makes one")
    return int(any(": ok" not in verdict for verdict in verdicts))
