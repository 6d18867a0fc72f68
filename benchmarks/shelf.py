"""A shelf of many snapshots, made in a second: manifests, proofs and runs, without the sealed bytes."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from core.disk import make_private_folder
from core.domain.run import Run
from core.domain.snapshot import Snapshot
from core.jsonl import line
from core.operations.engine import Engine
from core.repository import layout
from core.repository.ledger import Proof
from core.repository.manifest import Manifest

SOURCES = {"services": ("atheme", "db"), "config": ("files", "tar"), "ssl": ("tls", "tar")}
_DAY, _HOUR, _SAVE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=5)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def fill(engine: Engine, repository: Path, number: int, *, damaged: int = 1) -> None:
    """That many snapshots of three sources until now, in the folder where the engine's repository lies.

    Some near the end are found `damaged`; the newest are not proven yet.
    """
    shares = {"services": number - 2 * (number // 10), "config": number // 10, "ssl": number // 10}
    made = {name: list(_snapshots(engine, repository, name, share)) for name, share in shares.items()}
    proofs = [proof for name in made for proof in _proofs(engine, made[name], damaged if name == "services" else 0)]
    runs = [_run(snapshot) for name in made for snapshot in made[name][-2_000:]]
    make_private_folder(engine.state_dir)
    for file, values in (("ledger.jsonl", proofs), ("runs.jsonl", sorted(runs, key=lambda run: run.at))):
        lines = (line(asdict(value) | {"at": value.at.isoformat()}) for value in values)
        (engine.state_dir / file).write_bytes(b"".join(lines))


def moments(number: int, now: datetime) -> list[datetime]:
    """When they were taken: every save of a week, hourly for two months, daily before. Oldest first."""
    found: list[datetime] = []
    at = now - timedelta(minutes=3)
    while len(found) < number:
        found.append(at)
        age = now - at
        at -= _SAVE if age < 7 * _DAY else _HOUR if age < 60 * _DAY else _DAY
    return found[::-1]


def _snapshots(engine: Engine, repository: Path, source: str, number: int) -> Iterator[Snapshot]:
    folder = repository / layout.manifests(engine.repository.root, source)
    folder.mkdir(parents=True, exist_ok=True)
    predecessor = ""
    for place, at in enumerate(moments(number, engine.clock.now())):
        snapshot = _snapshot(engine, source, place, at.replace(microsecond=0), predecessor)
        manifest = Manifest(
            snapshot=snapshot, recipients=engine.repository.sealer.recipients, extension=SOURCES[source][1]
        )
        content = manifest.to_bytes()
        predecessor = sha256(content).hexdigest()
        (folder / f"{snapshot.id}.json").write_bytes(content)
        yield snapshot


def _snapshot(engine: Engine, source: str, place: int, at: datetime, predecessor: str) -> Snapshot:
    kind, extension = SOURCES[source]
    tail = "".join(_LETTERS[(place * 7919 + len(source)) // 32**digit % 32] for digit in range(6))
    snapshot_id = f"{at:%Y%m%dT%H%M%SZ}-{tail}"
    accounts = 12_000 + place // 3 + int(40 * math.sin(place / 50))
    size = {"services": 950, "config": 40, "ssl": 4}[source] * accounts
    return Snapshot(
        id=snapshot_id,
        source=source,
        kind=kind,
        taken_at=at,
        saved_at=at - timedelta(seconds=40),
        sequence=place + 1,
        predecessor=predecessor,
        size=size,
        digest=sha256(snapshot_id.encode()).hexdigest(),
        key=layout.object_key(
            engine.repository.root, layout.default_folder(kind), source, snapshot_id, extension, full=True
        ),
        stored_size=size // 4,
        stored_digest=sha256(snapshot_id.encode()).hexdigest(),
        reason="every save" if place % 12 else "scheduled",
        counts={"accounts": accounts, "channels": accounts // 3} if kind == "atheme" else {"files": 40 + place // 100},
    )


def _proofs(engine: Engine, made: list[Snapshot], damaged: int) -> Iterator[Proof]:
    for place, snapshot in enumerate(made[:-5]):
        good = place < len(made) - 5 - damaged
        yield Proof(
            snapshot_id=snapshot.id,
            level=3 if good else 1,
            verdict="proven" if good else "damaged",
            at=snapshot.taken_at + timedelta(seconds=30),
            detail="" if good else "the stored bytes are not those that were written",
            storage=engine.repository.name,
        )


def _run(snapshot: Snapshot) -> Run:
    seconds = 0.8 + snapshot.size / 20e6 + 0.3 * math.sin(snapshot.sequence / 9)
    return Run(
        verb="backup",
        what=snapshot.source,
        at=snapshot.taken_at,
        seconds=round(seconds, 3),
        good=True,
        size=snapshot.size,
        new=True,
    )
