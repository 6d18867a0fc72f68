"""The entry: find the verb, import only its module, say errors as one line.

Modules of verbs are imported when they are asked for: `--version` and `--help` must not wait for anything.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from bot import __version__

# Verb → module, and its line in the help. The table is the listing: there is no discovery.
VERBS: dict[str, tuple[str, str]] = {
    "init": ("init", "write a commented configuration by looking for what is installed"),
    "check": ("check", "prove the configuration: files, keys, storage, control, IRC"),
    "irc-check": ("irc_check", "connect to IRC as the bot would, and tell what came of it"),
    "run": ("run", "run the bot"),
    "status": ("status", "is the network safe now?"),
    "backup": ("backup", "make a snapshot now"),
    "snapshots": ("snapshots", "list all snapshots"),
    "verify": ("verify", "read snapshots back and prove them"),
    "drill": (
        "drill",
        "bring a snapshot back where it hurts nobody, boot services on it, and measure how long it takes",
    ),
    "sync": ("sync", "bring the copies up to date"),
    "extract": ("extract", "what a snapshot holds, into a folder"),
    "restore": ("restore", "bring an account, a channel or a group back: shows a plan first"),
    "recover": ("recover", "the whole network back, on this machine or an empty one: shows a plan first"),
    "promote": ("promote", "make a standby the live database on this host: shows a plan first"),
    "undo": ("undo", "take a restore back, within 7 days: shows a plan first"),
    "splice": ("splice", "the same on bare files: take something from an old database into a current one"),
    "forget": ("forget", "leave somebody out of all restores and exports from now on"),
    "retention": ("retention", "what pruning would remove now, and why everything else stays"),
    "prune": ("prune", "remove what retention no longer claims: shows a plan first"),
    "pin": ("pin", "keep a snapshot, whatever the policy says"),
    "unpin": ("unpin", "take a pin away"),
    "release": ("release", "a snapshot that lost much, and is held, is good"),
    "freeze": ("freeze", "remove nothing at all until `thaw`"),
    "thaw": ("thaw", "the end of `freeze`"),
    "inspect": ("inspect", "what is this file, and would services live on it? needs no configuration"),
    "find": ("find", "in which snapshots is a nick, a channel or a group?"),
    "who": ("access_list", "who has access to a channel, now or then?"),
    "blame": ("blame", "what changed about a nick, a channel or a group, and when?"),
    "diff": ("diff", "what changed between two snapshots, or since one"),
    "export": ("export", "everything about one person, for an access request"),
    "keygen": ("keygen", "make an age identity, or a key that signs"),
    "totp": ("totp", "one-time codes for an oper, for the time when services are down"),
    "keys": ("keys", "which keys there are; add, rotate and prove them"),
    "import": ("import_folder", "adopt the backups of other scripts as snapshots: shows a plan first"),
    "notices": ("notices", "what is wrong, what was said of it, and what has not arrived yet; try every place"),
    "incident": ("incident", "begin an incident, write down what is seen, end it, and get its report"),
    "metrics": ("metrics", "the figures for Prometheus, with the bot dead too"),
    "schedule": ("schedule", "what is done by itself, and when; pauses, and one job now"),
    "reminders": ("reminders", "what people should do again and again, and what of it is due"),
    "runbook": ("runbook", "what to do on the worst night, step by step, with this network's own names"),
    "audit": ("audit", "what was asked, decided and done, and by whom; proves that nobody changed it"),
    "demo": ("demo", "the whole product on a small network of its own"),
}

_EPILOG = """\
examples:
  backupserv init                                   a first bot.toml
  backupserv check                                  is everything in reach?
  backupserv backup                                 a snapshot now
  backupserv restore user alice --from "2h ago"     one account back, after a look at the plan

exit codes: 0 good · 1 failed, or something to look at · 2 wrong use or configuration · 3 nothing done: the plan is
blocked, outdated or was not agreed to · 4 not found · 5 damaged · 6 could not be checked · 7 another run is at work
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"backupserv {__version__}")
        return 0
    parser = _parser(_verb(words))
    args = parser.parse_args(words)
    if args.verb is None:
        parser.print_help()
        return 2
    from bot.cli.guard import guarded  # noqa: PLC0415 — start-up time is a promise

    return guarded(args)


def _verb(words: Sequence[str]) -> str | None:
    """The verb that will be parsed, so that only its module is imported."""
    return next((word for word in words if word in VERBS), None)


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="backupserv",
        description="Backup and recovery for IRC networks. The same verbs as in the opers' channel, with IRC dead.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"backupserv {__version__}")
    add_shared(parser)
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    add_shared(shared)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    for name, (module, line) in VERBS.items():
        verb = verbs.add_parser(
            name, help=line, description=line, parents=[shared], formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == wanted:
            import_module(f"bot.cli.{module}").add_arguments(verb)
    return parser


def add_shared(parser: argparse.ArgumentParser) -> None:
    """What every verb takes, before or after it."""
    suppressed = parser.argument_default == argparse.SUPPRESS
    off = argparse.SUPPRESS if suppressed else False
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=argparse.SUPPRESS if suppressed else None,
        help="the configuration (default: $BACKUPSERV_CONFIG, ./bot.toml, /etc/backupserv/bot.toml)",
    )
    parser.add_argument("--json", action="store_true", default=off, help="one JSON document on standard output")
    parser.add_argument("--quiet", action="store_true", default=off, help="no progress")
    parser.add_argument("--debug", action="store_true", default=off, help="where a failure happened")
