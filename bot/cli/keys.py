"""`backupserv keys`: to whom snapshots are sealed, who opens them, and the proof of it."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from bot.cli.common import config_path, load_settings, passphrase_asker, print_json, progress
from bot.cli.keys_rewrap import TO, may_rewrap_to, rewrap
from bot.cli.keys_rewrap import told as rewrap_told
from bot.cli.keys_told import listed, told
from bot.cli.main import add_shared
from bot.cli.rewriting import rewrite, with_recipients
from bot.config import BotSettings, parse
from bot.wiring import build_engine, build_identities
from core.clock import SystemClock
from core.crypto.age import AgeSealer
from core.crypto.identities import is_recipient, read_identities, recipient_of
from core.crypto.rotation import add_identity
from core.disk import read_whole
from core.domain.errors import ConfigInvalid, ObjectExists, OnlySeals, PlanBlocked
from core.operations.keys import KeyProofs, prove_keys

_LIMIT = 1 << 16
_FULL = (
    "restart the bot, and run `backupserv backup --full`: a new recipient opens what is sealed from there on, and old\n"
    "snapshots open as before. `backupserv keys prove FILE` shows whether an identity opens the newest"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with them."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    add_shared(shared)
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    what.add_parser("list", parents=[shared], help="recipients, who opens them, when that was proven; signing keys")
    add = what.add_parser("add", parents=[shared], help="seal to one more recipient from now on")
    add.add_argument("recipient", metavar="RECIPIENT")
    rotate = what.add_parser(
        "rotate", parents=[shared], help="a new identity for this host; the old one still opens old snapshots"
    )
    rotate.add_argument("--rewrap", metavar="STORAGE", help=f"and `keys rewrap` into {TO}")
    anew = what.add_parser("rewrap", parents=[shared], help="seal old snapshots to the recipients of now, elsewhere")
    anew.add_argument("--to", metavar="STORAGE", required=True, help=TO)
    prove = what.add_parser("prove", parents=[shared], help="prove that an identity opens what is sealed")
    prove.add_argument(
        "file", metavar="FILE", nargs="?", help='an identity file, "-" for standard input; default: this host\'s'
    )
    parser.epilog = (
        "add and rotate change `recipients` in the configuration, keep the old file as .bak, and send nothing again.\n"
        "rewrap sends everything: the same snapshots, signed again, into a storage of their own; nothing is deleted.\n"
        "exit codes of rewrap: 0 all are there · 1 some were left, and it says why; run it again to go on\n"
        "example: backupserv keys prove -      then type the recovery key from paper, and end with Ctrl-D"
    )


def run(args: argparse.Namespace) -> int:
    """One of them."""
    settings = load_settings(args)
    if args.what == "list":
        return _list(args, settings)
    if args.what == "prove":
        return _prove(args, settings)
    if args.what in {"add", "rotate"}:
        with build_engine(settings).changing(f"keys {args.what}"):
            settings = load_settings(args)  # what another run may have changed meanwhile
            (_add if args.what == "add" else _rotate)(args, settings)
        if args.what == "add" or args.rewrap is None:
            return 0
    return _rewrap(args, load_settings(args))


def _list(args: argparse.Namespace, settings: BotSettings) -> int:
    found = listed(settings, passphrase_asker())
    if args.json:
        print_json(found)
    else:
        for line in told(found):
            print(line)
    return 0


def _add(args: argparse.Namespace, settings: BotSettings) -> None:
    recipient, known = args.recipient.strip(), settings.keys.recipients
    if not is_recipient(recipient):
        raise ConfigInvalid(
            "that is not an age recipient", hint="copy it again, whole: age1…; an identity never goes here"
        )
    if recipient in known:
        raise ObjectExists("snapshots are sealed to that recipient already")
    _change(args, settings, [*known, recipient], f"sealed to {recipient} too, from the next backup on")


def _rotate(args: argparse.Namespace, settings: BotSettings) -> None:
    identity = settings.keys.identity
    if args.rewrap is not None:
        may_rewrap_to(settings, args.rewrap)
    if identity is None:
        raise OnlySeals(
            "this host only seals: it has no identity to rotate", hint="`backupserv keys add` adds a recipient"
        )
    identities = build_identities(settings, passphrase_asker())
    ours = [recipient_of(text) for text in identities.texts()]
    known = settings.keys.recipients
    old = [recipient for recipient in known if recipient in ours]
    if len(old) > 1:
        raise PlanBlocked(
            f"{identity} opens {len(old)} of keys.recipients, so it is not clear which one goes",
            hint="take out those that are of no use any more, and try again",
        )
    # Before a key is made: can the file be changed at all?
    with_recipients(_text(args), _replaced(known, old, known[0] + "x"), name=str(config_path(args)))
    new = add_identity(identity, identities.passphrase, made_at=SystemClock().now())
    _change(args, settings, _replaced(known, old, new), f"this host's identity is new: {new}")


def _rewrap(args: argparse.Namespace, settings: BotSettings) -> int:
    report = rewrap(args, settings, args.to if args.what == "rewrap" else args.rewrap)
    if args.json:
        print_json(report.as_dict() | {"recipients": settings.keys.recipients})
    else:
        for line in rewrap_told(report):
            print(line)
    return int(not report.is_whole)


def _replaced(known: list[str], old: list[str], new: str) -> list[str]:
    return [new if recipient in old else recipient for recipient in known] + ([] if old else [new])


def _text(args: argparse.Namespace) -> str:
    return read_whole(config_path(args), limit=1 << 20)[0].decode()


def _change(args: argparse.Namespace, settings: BotSettings, recipients: list[str], what: str) -> None:
    path = config_path(args)
    text = with_recipients(_text(args), recipients, name=str(path))
    parse(text, where=str(path))
    # First: who can open what is to come never changes without a trace.
    build_engine(settings).journal.record("recipients changed", recipients=" ".join(recipients))
    kept = rewrite(path, text)
    if args.json:
        if getattr(args, "rewrap", None) is None:  # one document: the last one says it all
            print_json({"recipients": recipients, "config": str(path), "kept": str(kept)})
    else:
        print(f"{what}\n{path} was changed; the old one is {kept}\n{_FULL}")


def _prove(args: argparse.Namespace, settings: BotSettings) -> int:
    if args.file is None:
        texts = build_identities(settings, passphrase_asker()).texts()
    else:
        name = "standard input" if args.file == "-" else args.file
        texts = read_identities(_content(args.file), name, passphrase_asker())
    recipients = settings.keys.recipients
    engine = build_engine(settings, sealer=AgeSealer(recipients=recipients, identity_file=None, identities=texts))
    with progress(args) as steps:
        report = prove_keys(
            recipients,
            lambda one: AgeSealer(recipients=[one], identity_file=None, identities=texts),
            engine.repository,
            KeyProofs(settings.state_dir),
            clock=engine.clock,
            progress=steps,
        )
    if args.json:
        print_json(asdict(report))
    else:
        for recipient in report.opened:
            print(f"ok    opens what is sealed to {recipient}")
        if report.snapshot:
            print(f"ok    opens the newest snapshot, {report.snapshot}")
        if report.trouble or not report.opened:
            print(f"FAIL  {report.trouble or 'it opens nothing that is sealed to keys.recipients'}")
    return int(bool(report.trouble) or not report.opened)


def _content(name: str) -> bytes:
    """A key on a stick has the modes of the stick: it is read here, and not trusted with anything."""
    if name == "-":
        return sys.stdin.buffer.read(_LIMIT)
    return read_whole(Path(name), limit=_LIMIT)[0]
