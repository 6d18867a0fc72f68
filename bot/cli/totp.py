"""`backupserv totp`: one-time codes for somebody, for the time when services are down."""

import argparse
import re
import sys
from pathlib import Path

from bot.access_settings import Person
from bot.cli.common import load_settings, print_json
from bot.config import BotSettings
from bot.one_time_codes import OneTimeCodes
from bot.totp import enrolment, new_secret
from bot.wiring import build_journal
from core.clock import SystemClock
from core.disk import make_private_folder, write_whole
from core.domain.errors import ConfigInvalid, ObjectExists

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # as in the configuration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, and what."""
    parser.add_argument("name", metavar="NAME", help="a person of [access.people.NAME]")
    parser.add_argument("--prove", action="store_true", help="ask for a code, and say whether it is right")
    parser.epilog = (
        "it prints what an authenticator reads (otpauth://…) once, and never again: it holds the secret. In chat: "
        "/msg BackupServ !code NAME 123456"
    )


def run(args: argparse.Namespace) -> int:
    """Make a secret, or prove one."""
    if not _NAME.fullmatch(args.name):
        raise ConfigInvalid("a name is made of letters, digits, '.', '_' and '-'")
    settings = load_settings(args)
    person = next((one for one in _people(settings) if one.name == args.name), None)
    return _prove(settings, args.name, person) if args.prove else _enrol(settings, args, person)


def _people(settings: BotSettings) -> tuple[Person, ...]:
    return settings.access.everybody if settings.access is not None else ()


def _enrol(settings: BotSettings, args: argparse.Namespace, person: Person | None) -> int:
    named = person.totp if person is not None else None
    if named is not None and named.file is None:
        raise ConfigInvalid(f"the secret of {args.name} is to lie in {named.place}, which is not written here")
    path = Path(named.file) if named is not None and named.file else settings.state_dir / "totp" / f"{args.name}.secret"
    make_private_folder(path.parent)
    secret = new_secret()
    if not path.exists():  # first: who is obeyed never changes without a trace
        build_journal(settings, SystemClock()).record("one-time codes enrolled", person=args.name)
    try:
        write_whole(path, [secret.encode() + b"\n"], exclusive=True)
    except ObjectExists:
        raise ObjectExists(
            f"{args.name} has a secret already, in {path}", hint="remove that file first to enrol them anew"
        ) from None
    uri = enrolment(secret, person=args.name, network=settings.network.name)
    if args.json:
        print_json({"file": str(path), "uri": uri})
        return 0
    print(f"For the authenticator of {args.name}; it is shown once:\n\n  {uri}\n")
    if named is None:
        print(f'In the configuration:\n\n  [access.people.{args.name}]\n  totp = {{ file = "{path}" }}\n')
    print(f"Then `backupserv totp {args.name} --prove`, and start the bot anew.")
    return 0


def _prove(settings: BotSettings, name: str, person: Person | None) -> int:
    if person is None or person.totp is None:
        raise ConfigInvalid(
            f"the configuration has no totp for {name}", hint=f"`backupserv totp {name}` makes a secret and says where"
        )
    if sys.stdin.isatty():
        print(f"code of {name}: ", end="", flush=True)
    code = sys.stdin.readline().strip()
    codes = OneTimeCodes({name: person.totp}, state_dir=settings.state_dir, now=SystemClock().now)
    if codes.take(name, code):
        print("right; that code has served now")
        return 0
    print("wrong, or it has served already; look whether both clocks are right", file=sys.stderr)
    return 1
