"""`backupserv splice`: take an account, a channel or a group from an old database into a current one, as bare files.

Atheme's services.db, or SQLite databases with the tables of accounts and channels: the first bytes decide.
"""

import argparse
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.carrying import show_blocked, show_plan
from bot.cli.common import print_json
from bot.cli.wishing import WAYS, wishes_of
from core.clock import SystemClock
from core.disk import write_whole
from core.domain.errors import ConfigInvalid, ObjectExists, TimeUnclear
from core.domain.moment import EXAMPLES, parse_moment
from core.operations.splice_files import splice_files
from core.registrations.plan import Plan
from core.registrations.wish import Kind, Network, Target
from core.sources.atheme_conf import read_conf
from core.sqlite_file import read_bare

_BLOCKED = 3
_LIMIT = 2 << 30  # bytes; a larger file is no services.db
_EPOCH_DIGITS = 9
_EPILOG = """\
examples:
  backupserv splice --from yesterday.db --into services.db --out new.db --account alice
  backupserv splice --from yesterday.db --into services.db --out new.db --channel '#garden' --founder bob
exit codes: 0 written · 3 something is in the way and nobody has chosen how to meet it · 4 not in the old database ·
5 a database is damaged · 6 a file could not be read. Services must be down while their file is replaced; keep its owner
and its mode. No tombstone is read here: `backupserv find NICK` on the host says whether somebody asked to be forgotten.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two databases, a result, and what is to come back."""
    parser.add_argument("--from", dest="old", type=Path, required=True, metavar="OLD", help="the database that has it")
    parser.add_argument("--into", type=Path, required=True, metavar="CURRENT", help="the database as it is now")
    parser.add_argument("--out", type=Path, required=True, metavar="NEW", help="written with mode 0600; never over one")
    what = parser.add_mutually_exclusive_group(required=True)
    for kind, metavar in (("account", "NICK"), ("channel", "#CHAN"), ("group", "!GROUP")):
        what.add_argument(f"--{kind}", metavar=metavar)
    _add_ways(parser)
    parser.add_argument("--dry-run", action="store_true", help="only show the plan; write nothing")
    parser.add_argument("--from-damaged", action="store_true", help="take what is whole in OLD though it has faults")
    parser.add_argument("--now", metavar="TIME", help=f"the time that counts as now: epoch seconds, or {EXAMPLES}")
    parser.add_argument("--casemapping", choices=("rfc1459", "ascii"), help="how names compare (default: rfc1459)")
    parser.add_argument("--atheme-conf", type=Path, metavar="FILE", help="says casemapping, expiry, operators")
    parser.epilog = _EPILOG


def _add_ways(parser: argparse.ArgumentParser) -> None:
    """How to meet what is in the way: those of accounts, channels and groups together."""
    for way, line in WAYS.items():
        parser.add_argument(f"--{way}", action="append", nargs="?", const="", metavar="ITEM", help=line)
    parser.add_argument(
        "--as", dest="new_name", default="", metavar="NEWNAME", help="the account comes back as NEWNAME"
    )
    parser.add_argument("--founder", default="", metavar="NICK", help="who founds it, where no founder is left")
    parser.add_argument("--founded", action="store_true", help="also what it founded and is gone")
    parser.add_argument("--operator", action="store_true", help="give services operator back too")


def run(args: argparse.Namespace) -> int:
    """Read both, plan, splice, prove, write."""
    _refuse_to_overwrite(args)
    old, current = (read_bare(path, limit=_LIMIT) for path in (args.old, args.into))
    plan, result = splice_files(
        old,
        current,
        target=_target(args),
        wishes=wishes_of(args),
        network=_network(args),
        now=_now(args.now),
        from_damaged=args.from_damaged,
    )
    if result is not None and not args.dry_run:
        write_whole(args.out, [result], exclusive=True)
    _tell(args, plan, written=result is not None and not args.dry_run)
    return _BLOCKED if result is None else 0


def _refuse_to_overwrite(args: argparse.Namespace) -> None:
    if args.out.exists() or args.out.is_symlink():
        same = any(path.exists() and args.out.exists() and path.samefile(args.out) for path in (args.old, args.into))
        what = "is one of the inputs, which are never written over" if same else "exists and is not written over"
        raise ObjectExists(f"{args.out} {what}", hint="--out names a new file")


def _target(args: argparse.Namespace) -> Target:
    kinds: tuple[Kind, ...] = ("account", "channel", "group")
    kind = next(kind for kind in kinds if getattr(args, kind) is not None)
    return Target(kind=kind, name=getattr(args, kind))


def _network(args: argparse.Namespace) -> Network:
    found = read_conf(args.atheme_conf).network if args.atheme_conf is not None else Network()
    return replace(found, casemapping=args.casemapping) if args.casemapping else found


def _now(text: str | None) -> datetime:
    now = SystemClock().now()
    if text is None:
        return now
    if text.isdigit() and len(text) >= _EPOCH_DIGITS:
        try:
            return datetime.fromtimestamp(int(text), UTC)
        except (ValueError, OverflowError, OSError):
            raise ConfigInvalid("--now is no time", hint=f"epoch seconds, or {EXAMPLES}") from None
    with suppress(TimeUnclear):
        if (moment := parse_moment(text, now)) is not None:
            return moment
    raise ConfigInvalid("--now is no time", hint=f"epoch seconds, or {EXAMPLES}")


def _tell(args: argparse.Namespace, plan: Plan, *, written: bool) -> None:
    if args.json:
        print_json({"written": str(args.out) if written else None, "plan": plan.as_dict()})
        return
    print(f"PLAN  {plan.kind} {plan.name} from {args.old} into {args.into}")
    show_plan(plan)
    if plan.blocked:
        show_blocked(plan.blocked, plan)
    else:
        print(f"wrote {args.out}" if written else "nothing was written")
