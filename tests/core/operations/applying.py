"""One restore into tables, in a process of its own that can be killed. Prints a line when it begins."""

import sys
from pathlib import Path

from core.clock import SystemClock
from core.operations.plan_tables import plan_in_tables
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.restore_tables import apply_tables
from core.registrations.wish import Network, NobodyErased, Target, Wishes
from core.sqlite_file import copy_sqlite
from tests.fakes import RecordingProgress

ALICE = Target(kind="account", name="alice")


def begun(restore_id: str = "AAAAAA") -> RestoreRecord:
    """The record of a restore that has done nothing yet."""
    return RestoreRecord(
        id=restore_id,
        kind="account",
        name="alice",
        snapshot="20261123T140500Z-7q2fk3",
        by="tester",
        begun_at="2026-11-24T00:00:00+00:00",
        source="tables",
        step="stopping",
        was_running=False,
    )


def main(database: Path, state: Path, backup: Path) -> None:
    clock, content = SystemClock(), backup.read_bytes()
    live = copy_sqlite(database, limit=1 << 30, busy_seconds=10)
    common = {"target": ALICE, "wishes": Wishes(founded=True), "network": Network(), "erasure": NobodyErased()}
    plan = plan_in_tables(backup=content, live=live, now=clock.now(), **common)  # type: ignore[arg-type]  # one dict for two calls
    print("begun", flush=True)  # noqa: T201 — what the test waits for
    apply_tables(
        plan,
        backup=content,
        database=database,
        folder=RestoreFolder(state),
        record=begun(),
        clock=clock,
        progress=RecordingProgress(),
        **common,  # type: ignore[arg-type]  # one dict for two calls
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
