"""`backupserv init`: a first configuration, by looking for what is installed."""

import argparse
from pathlib import Path

from bot.cli.common import print_json
from bot.cli.looking import Found, look
from bot.cli.template import Values, render
from core.crypto.age import generate_identity, write_identity
from core.disk import make_private_folder, write_whole
from core.domain.errors import ObjectExists


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to look, where to write."""
    parser.add_argument("--output", type=Path, default=Path("bot.toml"), metavar="FILE", help="default: bot.toml")
    parser.add_argument(
        "--state", type=Path, default=Path("/var/lib/backupserv"), metavar="DIR", help="keys, proofs, audit"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE; the old one is kept as FILE.bak")
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)
    parser.epilog = "it writes the file and two keys, and changes nothing else; `backupserv check` comes next"


def run(args: argparse.Namespace) -> int:
    """Look, make keys, write, and say what to do next."""
    if args.output.exists() and not args.force:
        raise ObjectExists(f"{args.output} exists", hint="--output names another file; --force keeps it as .bak")
    found = look(args.root)
    state = args.state.absolute()
    make_private_folder(state)
    host, recovery = state / "host.key", state / "recovery.key"
    recipients = [_recipient(path) for path in (host, recovery)]
    if args.output.exists():
        args.output.replace(args.output.with_name(args.output.name + ".bak"))
    text = render(Values.of(found, state=state, recipients=(recipients[0], recipients[1])))
    write_whole(args.output, [text.encode()])
    _tell(args, found, recovery)
    return 0


def _recipient(path: Path) -> str:
    """The recipient of a key file, which is made if it is not there: keys are never replaced."""
    if path.exists():
        raise ObjectExists(f"{path} exists: a key is never replaced", hint="--state names another folder")
    identity, recipient = generate_identity()
    write_identity(path, identity)
    return recipient


def _tell(args: argparse.Namespace, found: Found, recovery: Path) -> None:
    if args.json:
        print_json({"config": str(args.output), "recovery_key": str(recovery), "found": list(found.told())})
        return
    print(f"wrote {args.output}. What was found:")
    for line in found.told():
        print(f"  {line}")
    print(f"""
Next:
  1. MOVE {recovery} OFF THIS HOST (paper, a safe): it opens every snapshot when this host is gone.
  2. read {args.output} and fill in the [irc] part.
  3. backupserv check --config {args.output}
  4. backupserv backup --config {args.output}""")
