"""`backupserv init`: a first configuration, by looking for what is installed."""

import argparse
from pathlib import Path

from bot.cli.common import print_json
from bot.cli.looking import Found, look
from bot.cli.template import Values, render
from core.clock import SystemClock
from core.crypto.identities import generate_identity
from core.crypto.paper import identity_text
from core.crypto.signing import generate_signing_key, write_signing_key
from core.disk import make_private_folder, write_whole
from core.domain.errors import ObjectExists

_KEYS = ("host.key", "recovery.key", "signing.key")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to look, where to write."""
    parser.add_argument("--output", type=Path, default=Path("bot.toml"), metavar="FILE", help="default: bot.toml")
    parser.add_argument(
        "--state", type=Path, default=Path("/var/lib/backupserv"), metavar="DIR", help="keys, proofs, audit"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE; the old one is kept as FILE.bak")
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)
    parser.epilog = "it writes the file and three keys, and changes nothing else; `backupserv check` comes next"


def run(args: argparse.Namespace) -> int:
    """Look, make keys, write, and say what to do next."""
    if args.output.exists() and not args.force:
        raise ObjectExists(f"{args.output} exists", hint="--output names another file; --force keeps it as .bak")
    found = look(args.root)
    state = args.state.absolute()
    make_private_folder(state)
    for name in _KEYS:
        if (state / name).exists():
            raise ObjectExists(f"{state / name} exists: a key is never replaced", hint="--state names another folder")
    recipients, public = _make_keys(state)
    if args.output.exists():
        args.output.replace(args.output.with_name(args.output.name + ".bak"))
    text = render(Values.of(found, state=state, recipients=recipients, trusted=public))
    write_whole(args.output, [text.encode()])
    _tell(args, found, state / "recovery.key")
    return 0


def _make_keys(state: Path) -> tuple[tuple[str, str], str]:
    """This host's identity, the recovery key, the signing key: the two recipients, and the public key."""
    secret, public = generate_signing_key()
    write_signing_key(state / "signing.key", secret)
    host = _identity(state / "host.key", "the identity of a host", "")
    return (host, _identity(state / "recovery.key", "RECOVERY KEY, keep it off the host", public)), public


def _identity(path: Path, title: str, signing_key: str) -> str:
    identity, recipient = generate_identity()
    text = identity_text(identity, recipient, title=title, made_at=SystemClock().now(), signing_key=signing_key)
    write_whole(path, [text.encode()], exclusive=True)
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
