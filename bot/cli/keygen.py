"""`backupserv keygen`: an age identity, or a signing key, in a file of its own."""

import argparse
import sys
from pathlib import Path

from bot.cli.common import print_json
from core.clock import SystemClock
from core.crypto.identities import generate_identity, seal_identities
from core.crypto.paper import identity_text
from core.crypto.signing import generate_signing_key, write_signing_key
from core.disk import write_whole
from core.domain.errors import ConfigInvalid


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, and where to."""
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="written with mode 0600, never replaced; default: identity.key"
    )
    parser.add_argument("--passphrase", action="store_true", help="seal the identity with a passphrase, which is asked")
    parser.add_argument("--signing", action="store_true", help="a key that signs (default file: signing.key)")
    parser.epilog = (
        "it prints what is public: a recipient goes into keys.recipients, the public key of a signing key into "
        "keys.trusted; a recovery key is kept off this host"
    )


def run(args: argparse.Namespace) -> int:
    """Write the secret, print what is public."""
    if args.signing and args.passphrase:
        raise ConfigInvalid("a signing key has no passphrase: backups are signed when nobody is there to type it")
    path = args.output or Path("signing.key" if args.signing else "identity.key")
    public = _signing_key(path) if args.signing else _identity(path, sealed=args.passphrase)
    if args.json:
        print_json({"file": str(path), "public_key" if args.signing else "recipient": public})
    else:
        print(public)
    return 0


def _signing_key(path: Path) -> str:
    secret, public = generate_signing_key()
    write_signing_key(path, secret)
    return public


def _identity(path: Path, *, sealed: bool) -> str:
    identity, recipient = generate_identity()
    text = identity_text(identity, recipient, title="an age identity", made_at=SystemClock().now())
    content = seal_identities(text, _new_passphrase()) if sealed else text.encode()
    write_whole(path, [content], exclusive=True)
    return recipient


def _new_passphrase() -> str:
    """Typed twice on a terminal; the first line of what is piped in."""
    if sys.stdin.isatty():
        from getpass import getpass  # noqa: PLC0415 — start-up time is a promise

        passphrase = getpass("passphrase: ")
        if getpass("once more: ") != passphrase:
            raise ConfigInvalid("the two are not the same", hint="nothing was written; try again")
    else:
        passphrase = sys.stdin.readline().rstrip("\r\n")
    if not passphrase:
        raise ConfigInvalid("an empty passphrase protects nothing", hint="nothing was written; try again")
    return passphrase
