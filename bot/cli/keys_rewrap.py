"""`backupserv keys rewrap`: every snapshot sealed to the recipients of now, in a storage of its own."""

import argparse
from collections.abc import Iterator

from bot.cli.common import passphrase_asker, progress
from bot.config import BotSettings
from bot.wiring import build_engine
from core.domain.errors import PlanBlocked
from core.domain.snapshot import Snapshot
from core.operations.rewrap import RewrapReport

TO = "an empty storage of the configuration, behind the first: a new folder, or a new prefix in the bucket"
_NEXT = """\
now make [storage.{name}] the first storage in the configuration, and take the others out: what they hold is sealed as
before, and no copy can hold both. Restart the bot, run `backupserv verify all --on {name}`, and give it new,
empty copies. The old storages are as they were, and open for the old identity: delete them when this is proven"""
_SHOWN = 20  # snapshots that were left, and problems; all of them with --json


def may_rewrap_to(settings: BotSettings, name: str) -> None:
    """Whether that storage is one to seal into: asked before a key is made.

    Raises:
        PlanBlocked: it is not.
    """
    first, *others = settings.storage
    if name not in others:
        what = "is the repository, where objects are never changed" if name == first else "is in no [storage.NAME]"
        raise PlanBlocked(f"{name} {what}", hint=f"add an empty [storage.NAME] behind [storage.{first}], and name it")


def rewrap(args: argparse.Namespace, settings: BotSettings, name: str) -> RewrapReport:
    """Do it, or go on with it."""
    may_rewrap_to(settings, name)
    engine = build_engine(settings, ask_passphrase=passphrase_asker())
    with progress(args) as steps:
        return engine.rewrap(name, progress=steps)


def told(report: RewrapReport) -> Iterator[str]:
    """The report for people."""
    yield str(report)
    troubles = [*map(_left, report.left), *report.problems]
    yield from (f"  ! {text}" for text in troubles[:_SHOWN])
    if len(troubles) > _SHOWN:
        yield f"  ! and {len(troubles) - _SHOWN} more (--json)"
    if report.is_whole:
        yield _NEXT.format(name=report.storage)
    else:
        yield "not everything was sealed anew: see above, and run it again; what is done stays done"


def _left(pair: tuple[Snapshot, str]) -> str:
    snapshot, why = pair
    return f"{snapshot.tail} of {snapshot.source} was left: {why}"
