"""`backupserv backup`: a snapshot now."""

import argparse

from bot.cli.common import open_engine, print_json, progress
from bot.cli.snapshots import as_dict
from bot.cli.who import who
from core.domain.errors import BackupServError
from core.domain.size import show_size
from core.operations.backup import BackupReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How."""
    parser.add_argument("--full", action="store_true", help="resting on no other snapshot, also if nothing changed")
    parser.add_argument("--no-sync", action="store_true", help="leave the copies for later")
    parser.epilog = (
        "services are asked to save first where the configuration says how; IRC is not needed. Exit code 1 where a "
        "copy is behind, or a snapshot lost so much that it is held"
    )


def run(args: argparse.Namespace) -> int:
    """Every source, and what came of it; then the copies."""
    engine = open_engine(args, for_backup=True)
    with progress(args) as steps:
        reason = f"asked by {who()} on the command line"
        try:
            reports = engine.back_up(reason=reason, progress=steps, full=args.full)
        except BackupServError:
            if not args.no_sync:
                engine.sync(progress=steps)  # what was saved all the same does not wait for the rest
            raise
        copies = () if args.no_sync else engine.sync(progress=steps)
    if args.json:
        print_json([as_dict(report.snapshot, None) | {"new": report.is_new} for report in reports])
    else:
        for report in reports:
            _tell(report)
        for copy in copies:
            print(f"  {'! ' if copy.trouble else ''}{copy}")
    return int(any(copy.trouble for copy in copies) or any(report.snapshot.held for report in reports))


def _tell(report: BackupReport) -> None:
    snapshot = report.snapshot
    state = "new" if report.is_new else "unchanged since"
    kinds = [kind for kind in ("accounts", "channels", "files") if kind in snapshot.counts] or ["rows"]
    counts = " · ".join(f"{snapshot.counts.get(kind, 0):,} {kind}" for kind in kinds)
    print(
        f"{state} {snapshot.id} of {snapshot.source}: {counts} · {show_size(snapshot.size)}, "
        f"{show_size(snapshot.stored_size)} sealed · {report.seconds:.1f}s"
    )
    if snapshot.held:
        print(f"  ! it is HELD, and not the latest: {snapshot.held}")
        print(f"  ! if so much was meant to go: backupserv release {snapshot.tail}")
    for finding in report.warnings:
        print(f"  ! {finding}")
