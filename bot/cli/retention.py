"""`backupserv retention`: what pruning would remove now, and why everything else stays."""

import argparse

from bot.cli.common import open_engine, print_json
from core.domain.retention import Fate
from core.operations.prune_all import PrunePlan
from core.operations.prune_plan import StoragePlan, size_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much of it."""
    parser.add_argument("what", nargs="?", choices=["plan"], default="plan", help="the plan, which is all there is")
    parser.add_argument("--all", action="store_true", help="a line for every snapshot, with all its reasons")
    parser.epilog = "changes nothing; `backupserv prune` carries it out\nexample: backupserv retention --all"


def run(args: argparse.Namespace) -> int:
    """The headline, a line a storage, and with --all everything."""
    keeping = open_engine(args).retention
    plan = keeping.plan()
    if args.json:
        print_json(as_dict(plan))
        return 0
    show(plan, everything=args.all)
    for pin in keeping.held().pins:
        until = f", until {pin.until:%Y-%m-%d}" if pin.until else ""
        print(f"  pinned: {pin.snapshot_id} by {pin.by} on {pin.at:%Y-%m-%d}{until}: {pin.reason}")
    return 0


def show(plan: PrunePlan, *, everything: bool) -> None:
    """For people."""
    print(plan.headline)
    for line in plan.details() if everything else plan.summary():
        print(f"  {line}")


def as_dict(plan: PrunePlan) -> dict[str, object]:
    """For machines."""
    return {
        "digest": plan.digest,
        "storages": [_storage(one) for one in plan.storages],
        "before_images": [{"restore": one.restore_id, "size": one.size} for one in plan.images],
    }


def _storage(plan: StoragePlan) -> dict[str, object]:
    return {
        "storage": plan.storage,
        "bytes_freed": plan.bytes_freed,
        "troubles": list(plan.troubles),
        "orphans": [item.key for item in plan.orphans],
        "sources": [
            {
                "source": part.source,
                "halted": part.decision.halted or None,
                "snapshots": [_fate(fate) for fate in part.decision.fates],
            }
            for part in plan.sources
        ],
    }


def _fate(fate: Fate) -> dict[str, object]:
    return {
        "id": fate.snapshot.id,
        "stays": fate.stays,
        "reasons": [{"rule": reason.rule, "text": reason.text} for reason in fate.reasons],
        "instead": fate.instead or None,
        "size": size_of(fate.snapshot),
    }
