"""`backupserv import DIR`: adopt the backups of other scripts as snapshots, after a look at the plan."""

import argparse
import getpass
import os
import sys
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.cli.carrying import agreed
from bot.cli.common import open_engine, print_json, progress
from bot.cli.snapshots import as_dict
from bot.cli.who import who
from core.crypto.openssl_enc import OpensslOpener
from core.disk import read_secret
from core.domain.errors import ConfigInvalid, ObjectNotFound
from core.domain.size import show_size
from core.formats.openssl_enc import ITERATIONS, MAGIC, derivations
from core.operations.import_folder import ImportReport
from core.operations.import_plan import ImportPlan, told_of
from core.operations.import_walk import walk
from core.operations.plan_import import LIMIT, Reading

_NOTHING_DONE = 3
_VARIABLE = "BACKUP_ENCRYPTION_KEY"
_DIGESTS = ("md5", "sha1", "sha256", "sha384", "sha512")
_EPILOG = """\
Databases (.db, .db.gz; Atheme's services.db or SQLite), archives of files (.tar, .tar.gz) and what `openssl enc
-aes-256-cbc` made of one of them are known by their content; whether an archive is of ssl or of config, its name or its
folder's says. Nothing in DIR is changed. What is there already is not adopted twice: run it again whenever you like.

examples:
  backupserv import /srv/backup --dry-run
  backupserv import /srv/backup --passphrase-file /root/backup.passphrase
  backupserv import /mnt/old --zone Europe/Berlin --yes

exit code 0 all adopted, 1 something was left out (each is named), 3 nothing done, 4 no backup in DIR
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, and what opens and dates it."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder that holds databases/, ssl/, config/")
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="what encrypted archives were sealed with, in the first line, mode 0600; several are tried in turn",
    )
    parser.add_argument(
        "--passphrase-env",
        metavar="NAME",
        default=_VARIABLE,
        help=f"the same in an environment variable (default: {_VARIABLE}); else it is asked for on a terminal",
    )
    parser.add_argument(
        "--iter", metavar="N", type=_iterations, default=0, help=f"what -pbkdf2 was given as -iter, if not {ITERATIONS}"
    )
    parser.add_argument("--md", choices=_DIGESTS, help="what was given as -md, if neither sha256 nor md5")
    parser.add_argument("--zone", metavar="ZONE", help="time zone of the times in names (default: this host's)")
    parser.add_argument(
        "--limit", metavar="BYTES", type=int, default=LIMIT, help="what one file may hold (default: 1 GiB)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show the plan")
    parser.add_argument("--yes", action="store_true", help="do not ask: for scripts")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """Look, show, ask, adopt."""
    engine = open_engine(args)
    reading = Reading(opener=_opener(args), limit=args.limit, zone=_zone(args.zone))
    with progress(args) as steps:
        plan = engine.plan_import(args.folder.absolute(), reading, progress=steps)
    if len(plan.having("no-backup")) == len(plan.items):
        raise ObjectNotFound(
            f"there is no backup in {args.folder}", hint="name the folder that holds databases/, ssl/ and config/"
        )
    if not args.json:
        _show(plan)
    if args.dry_run or not plan.adopted:
        if args.json:
            print_json({"done": False, "plan": plan.as_dict()})
        return int(bool(plan.left_out))
    if not agreed(args):
        if args.json:
            print_json({"done": False, "plan": plan.as_dict()})
        return _NOTHING_DONE
    with progress(args) as steps:
        report = engine.import_folder(plan, reading, by=f"{who()} on the command line", progress=steps)
    _tell(args, plan, report)
    if engine.copies and not args.json:
        print("`backupserv sync` brings the copies up to date")
    return int(bool(report.left_out))


def _show(plan: ImportPlan) -> None:
    print(f"PLAN  import of {plan.folder}")
    for line in plan.details():
        print(f"  {line}")
    if plan.adopted:
        names = " and ".join(plan.names)
        print(f'  snapshots of {names}, beside those that are backed up here and never the "latest" of these')
    else:
        print("  nothing new to adopt")


def _tell(args: argparse.Namespace, plan: ImportPlan, report: ImportReport) -> None:
    if args.json:
        made = [as_dict(snapshot, None) for snapshot in report.snapshots]
        left = [item.as_dict() for item in report.left_out]
        print_json({"done": True, "snapshots": made, "left_out": left, "plan": plan.as_dict()})
        return
    for item in report.failed:
        print(f"  ! {told_of(item)}")
    size = show_size(sum(snapshot.stored_size for snapshot in report.snapshots))
    print(f"ADOPTED {len(report.snapshots)} snapshots, {size} sealed; left out {len(report.left_out)}")
    print("`backupserv snapshots` lists them, `backupserv restore … --from ID` takes from one of them")
    if any(snapshot.index is not None for snapshot in report.snapshots):
        print("`backupserv extract ID --to DIR` brings the files of one of them back")


def _opener(args: argparse.Namespace) -> OpensslOpener | None:
    """With every passphrase that was given; one is asked for where one is needed and somebody is there."""
    given = [_first_line(read_secret(path)) for path in args.passphrase_file]
    given += [os.environ[args.passphrase_env]] if os.environ.get(args.passphrase_env) else []
    if not given and not args.json and sys.stdin.isatty() and _any_sealed(args.folder):
        given = [getpass.getpass("Passphrase of the encrypted archives (empty: leave them out): ")]
    passphrases = [text.encode("utf-8", "surrogateescape") for text in given if text]
    return OpensslOpener(passphrases, derivations(iterations=args.iter, digest=args.md)) if passphrases else None


def _first_line(secret: str) -> str:
    """`openssl enc -pass file:` takes no more."""
    return secret.split("\n", 1)[0].rstrip("\r")


def _any_sealed(folder: Path) -> bool:
    return any(_begins_sealed(item.path) for item in walk(folder) if not item.trouble)


def _begins_sealed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False  # the plan will say why


def _iterations(text: str) -> int:
    number = int(text)
    if not 0 < number <= 1 << 26:
        raise ValueError(text)
    return number


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigInvalid(
            f"{name} is no time zone that this host knows", hint="for example UTC, Europe/Berlin"
        ) from None
