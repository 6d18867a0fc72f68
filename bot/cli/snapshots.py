"""`backupserv snapshots`: all of them."""

import argparse

from bot.cli.common import open_engine, print_json
from core.domain.moment import ago, show
from core.domain.size import show_size
from core.domain.snapshot import Snapshot
from core.repository.ledger import Proof


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument("-n", type=int, metavar="N", help="only the newest N")


def run(args: argparse.Namespace) -> int:
    """Newest first: id, time, what is in it, what is known of it."""
    engine = open_engine(args)
    snapshots = list(reversed(engine.snapshots()))[: args.n]
    proofs = [engine.ledger.standing(snapshot.id) for snapshot in snapshots]
    if args.json:
        print_json([as_dict(*pair) for pair in zip(snapshots, proofs, strict=True)])
        return 0
    if not snapshots:
        print("there is no snapshot yet: `backupserv backup` makes one")
    now = engine.clock.now()
    for snapshot, proof in zip(snapshots, proofs, strict=True):
        print(_line(snapshot, proof, ago((now - snapshot.taken_at).total_seconds())))
    for problem in engine.repository.problems:
        print(f"  ! {problem}")
    return 0


def _line(snapshot: Snapshot, proof: Proof | None, age: str) -> str:
    proven = f"{proof.verdict} {proof.level}/3" if proof else "not verified"
    proven = "HELD" if snapshot.held else proven
    kind = "accounts" if snapshot.index is None else "files"
    accounts = f"{snapshot.counts.get(kind, 0):,} {kind}"
    return (
        f"{snapshot.tail}  {show(snapshot.taken_at)}  {age:>4} ago  {snapshot.source:<12} {accounts:>16}  "
        f"{show_size(snapshot.size):>9}  {proven:<14} {snapshot.reason}"
    )


def as_dict(snapshot: Snapshot, proof: Proof | None) -> dict[str, object]:
    """A snapshot for machines."""
    return {
        "id": snapshot.id,
        "source": snapshot.source,
        "kind": snapshot.kind,
        "taken_at": snapshot.taken_at.isoformat(),
        "saved_at": snapshot.saved_at.isoformat(),
        "sequence": snapshot.sequence,
        "size": snapshot.size,
        "stored_size": snapshot.stored_size,
        "digest": snapshot.digest,
        "counts": dict(snapshot.counts),
        "reason": snapshot.reason,
        "rank": snapshot.rank,
        "base": snapshot.base or None,
        "held": snapshot.held or None,
        "proof": proof.verdict if proof else None,
        "proof_level": proof.level if proof else 0,
    }
