"""`backupserv audit`: what was asked, decided and done, and by whom; and the proof that nobody changed it."""

import argparse
import json
from collections import deque
from collections.abc import Iterable

from bot.cli.common import load_settings, print_json
from bot.wiring import build_journal
from core.clock import SystemClock
from core.domain.audit import Entry, Verdict, Wanted
from core.domain.errors import ConfigInvalid, TimeUnclear
from core.domain.moment import EXAMPLES, parse_moment
from core.trail_port import AuditTrail

_SHORTEST = 16  # digits of a head: with fewer, another line could be found that begins so
_DAMAGED = 5
_EPILOG = """\
examples:
  backupserv audit --since yesterday --by alice     what alice asked for
  backupserv audit --event restore -n 0             every restore there ever was
  backupserv audit verify --head 4f3a…              nothing was changed, and what was posted then is still there

exit codes of verify: 0 good · 5 a line was changed, moved, added or removed: it is named · 6 it cannot be read
docs/security.md has the form of the lines, and how to check them with sha256sum and jq."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which lines; or that all are checked."""
    parser.add_argument("what", nargs="?", choices=["list", "verify"], default="list", help="list (default) or verify")
    parser.add_argument("--since", metavar="WHEN", help=f"only what is younger: {EXAMPLES}")
    parser.add_argument("--by", metavar="NAME", help="only what somebody of that name asked for, or tried")
    parser.add_argument("--event", metavar="TEXT", help="only events with that in their name: restore, refused, …")
    parser.add_argument("-n", type=int, default=20, metavar="N", help="the newest N (default: 20; 0: all)")
    parser.add_argument("--head", metavar="HASH", help="verify: a head that was posted, or its first 16 digits or more")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """One of the two. The rest of the configuration is not asked: this works whatever else is broken."""
    journal = build_journal(load_settings(args), SystemClock())
    return _verify(args, journal) if args.what == "verify" else _list(args, journal)


def _list(args: argparse.Namespace, journal: AuditTrail) -> int:
    since = parse_moment(args.since, SystemClock().now()) if args.since else None
    if args.since and since is None:
        raise TimeUnclear("--since is no time", hint=f"for example: {EXAMPLES}")
    found: Iterable[Entry] = journal.entries(Wanted(since=since, by=args.by or "", event=args.event or ""))
    if args.n > 0:
        found = deque(found, maxlen=args.n)
    if args.json:
        _print_array(found)
        return 0
    for entry in found:
        print(f"{entry.seq or '':>7} {entry.line}")
    return 0


def _print_array(found: Iterable[Entry]) -> None:
    """One document, and never all of it in memory."""
    before = "["
    for entry in found:
        told = {"seq": entry.seq, "at": entry.at, "event": entry.event, **entry.fields}
        print(f"{before}\n {json.dumps(told)}", end="")
        before = ","
    print("[]" if before == "[" else "\n]")


def _verify(args: argparse.Namespace, journal: AuditTrail) -> int:
    head = (args.head or "").rstrip("….")
    if args.head is not None and (len(head) < _SHORTEST or not set(head.lower()) <= set("0123456789abcdef")):
        raise ConfigInvalid(f"--head takes {_SHORTEST} or more of the hexadecimal digits that were posted")
    verdict = journal.verify(head)
    if args.json:
        print_json(_as_dict(verdict))
    else:
        print(f"{'FAIL  ' + str(verdict.fault) if verdict.fault is not None else 'ok'}")
        print(f"      {'good until then: ' if verdict.fault is not None else ''}{verdict.head}")
        for remark in verdict.remarks:
            print(f"      {remark}")
    return 0 if verdict.ok else _DAMAGED


def _as_dict(verdict: Verdict) -> dict[str, object]:
    fault = verdict.fault
    return {
        "ok": verdict.ok,
        "head": verdict.head.digest,
        "lines": verdict.head.lines,
        "fault": None
        if fault is None
        else {"file": fault.file, "line": fault.line, "wrong": fault.wrong, "story": fault.story},
        "remarks": list(verdict.remarks),
    }
