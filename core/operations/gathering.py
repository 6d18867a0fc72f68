"""Gathers figures from what this host remembers and what the repository holds. It asks no copy and no standby."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.disk import modified_at
from core.domain.errors import BackupServError
from core.domain.notice import GRAVITIES
from core.domain.run import Run
from core.domain.snapshot import Snapshot
from core.operations.figures import (
    Attempts,
    CopyFigures,
    Figures,
    JobFigures,
    Kept,
    SourceFigures,
    StandbyFigures,
    TargetFigures,
)
from core.operations.listing import Listing
from core.operations.standby import HeldThere
from core.operations.sync import lacked
from core.repository.ledger import Ledger
from core.repository.pins import Pins

if TYPE_CHECKING:
    from core.notices.incident import Incident
    from core.operations.engine import Engine
    from core.repository.repository import Repository

log = logging.getLogger(__name__)

T = TypeVar("T")
_MEANS = 3  # the level of a proof at which a snapshot means what it should
Lately = Mapping[tuple[str, str], Attempts]  # by verb and what it was done to


class Gathering:
    """Over an engine of its own, one thread at a time: listings of others must not meet these."""

    def __init__(self, engine: "Engine", jobs: Callable[[], Sequence[JobFigures]] = tuple) -> None:
        self._engine = engine
        self._jobs = jobs
        self._listing = Listing(engine.repository, engine.clock)
        self._runs: tuple[Run, ...] = ()
        self._lately: Lately = {}
        self._runs_mark: object = None

    def figures(self, *, wait: float) -> Figures:
        """All of them. `wait`: seconds that a listing of the repository is waited for."""
        engine, clock, control = self._engine, self._engine.clock, self._engine.site.control
        started = clock.monotonic()
        listed = self._listing.look(_mark(engine.state_dir / "heads.json"), wait=wait)
        lately, now = self._remembered(), clock.now()
        held = _if_known(lambda: Pins(engine.state_dir).held(now))
        incidents = self._incidents()
        gravities = Counter(item.trouble.gravity for item in incidents)
        return Figures(
            at=now,
            readable=listed.readable and listed.at is not None,
            listed_at=listed.at,
            problems=listed.problems,
            services_running=_if_known(control.is_running) if control.can_act else None,
            sources=self._sources(listed.snapshots, lately),
            copies=tuple(_copy(copy, listed.snapshots, lately) for copy in engine.copies),
            standbys=self._standbys(listed.snapshots),
            measured=_if_known(partial(engine.objectives_of, listed.snapshots, self._runs)) or (),
            rules=self._rules(listed.snapshots),
            verbs=_verbs(lately),
            jobs=tuple(_if_known(self._jobs) or ()),
            targets=self._targets(),
            incidents={gravity: gravities[gravity] for gravity in GRAVITIES},
            areas=Counter(item.cause.partition("/")[0] for item in incidents),
            acknowledged=sum(item.is_acked(now) for item in incidents),
            pinned=len(held.reasons) if held is not None else 0,
            frozen=held is None or bool(held.frozen),
            seconds=clock.monotonic() - started,
        )

    def _remembered(self) -> Lately:
        """The newest of each kind; the file is read again only if it changed."""
        mark = _mark(self._engine.state_dir / "runs.jsonl")
        if mark != self._runs_mark:
            self._runs, self._runs_mark = self._engine.runs.all(), mark
            self._lately = _newest(self._runs)
        return self._lately

    def _sources(self, snapshots: Iterable[Snapshot], lately: Lately) -> tuple[SourceFigures, ...]:
        engine = self._engine
        own: dict[str, list[Snapshot]] = {}
        for snapshot in snapshots:
            own.setdefault(snapshot.source, []).append(snapshot)
        databases = {site.name: site.database for site in engine.sites}
        certificates = {tree.name for tree in engine.trees if tree.thing == "tls"}
        found = []
        for name in (*databases, *(tree.name for tree in engine.trees)):
            kept = _kept(own.get(name, []), engine.ledger, engine.repository.name)
            attempts = lately.get(("backup", name), Attempts())
            found.append(
                SourceFigures(
                    name=name,
                    attempts=attempts,
                    succeeded_at=self._succeeded_at(name, attempts, kept.good),
                    saved_at=_modified_at(databases[name]) if name in databases else None,
                    kept=kept,
                    is_certificates=name in certificates,
                )
            )
        return tuple(found)

    def _succeeded_at(self, source: str, attempts: Attempts, newest: Snapshot | None) -> datetime | None:
        """By what is there, too: a host that lost its memory, or took another's place, has no runs."""
        good = [attempts.good.at] if attempts.good is not None else []
        if newest is not None:
            unchanged = self._engine.looks.unchanged_at(source, newest.id)
            good += [newest.taken_at, *([unchanged] if unchanged is not None else [])]
        return max(good, default=None)

    def _rules(self, snapshots: Sequence[Snapshot]) -> Mapping[str, bool]:
        score = _if_known(partial(self._engine.score_of, snapshots))
        return {rule.name: rule.met for rule in score.rules} if score is not None else {}

    def _standbys(self, snapshots: Sequence[Snapshot]) -> tuple[StandbyFigures, ...]:
        followers = self._engine.standbys
        if followers is None:
            return ()
        there, standings = HeldThere(self._engine.state_dir), followers.standings(snapshots)
        return tuple(
            StandbyFigures(name=one.name, current_at=there.of(one.name).seen_at, failing=bool(how.trouble))
            for one, how in zip(followers.standbys, standings, strict=True)
        )

    def _incidents(self) -> "tuple[Incident, ...]":
        """None where nothing was ever told, or that cannot be read."""
        if not self._is_told:
            return ()
        return _if_known(self._engine.teller.notices.incidents) or ()

    def _targets(self) -> tuple[TargetFigures, ...]:
        if not self._is_told:
            return tuple(TargetFigures(name=target.name) for target in self._engine.teller.targets)
        return tuple(
            TargetFigures(
                name=item.target,
                waiting=item.waiting,
                oldest_at=item.oldest_at,
                delivered_at=item.delivered_at,
                disabled=bool(item.disabled),
            )
            for item in _if_known(self._engine.teller.notices.outbox.backlog) or ()
        )

    @property
    def _is_told(self) -> bool:
        """Whether there is an outbox: who measures makes none."""
        return bool(self._engine.teller.targets) and (self._engine.state_dir / "outbox.sqlite").exists()


def _kept(snapshots: Sequence[Snapshot], ledger: Ledger, storage: str) -> Kept:
    proofs = {item.id: _if_known(partial(ledger.standing, item.id, storage)) for item in snapshots}
    good = {name for name, proof in proofs.items() if proof and proof.verdict == "proven" and proof.level >= _MEANS}
    return Kept(
        newest=snapshots[-1] if snapshots else None,
        good=next((item for item in reversed(snapshots) if not item.held), None),
        snapshots=len(snapshots),
        stored=sum(piece.size for item in snapshots for piece in item.pieces),
        proof=proofs[snapshots[-1].id] if snapshots else None,
        proven=next((item for item in reversed(snapshots) if item.id in good), None),
        held=sum(bool(item.held) for item in snapshots),
        damaged=sum(proof is not None and proof.verdict == "damaged" for proof in proofs.values()),
    )


def _copy(copy: "Repository", snapshots: Sequence[Snapshot], lately: Lately) -> CopyFigures:
    missed = lacked(snapshots, copy)
    return CopyFigures(
        name=copy.name,
        attempts=lately.get(("sync", copy.name), Attempts()),
        behind=len(missed),
        behind_since=min((item.taken_at for item in missed), default=None),
    )


def _newest(runs: Iterable[Run]) -> Lately:
    """Of runs with the oldest first."""
    found: dict[tuple[str, str], Attempts] = {}
    for run in runs:
        known = found.get((run.verb, run.what), Attempts())
        found[run.verb, run.what] = Attempts(last=run, good=run if run.good else known.good)
    return found


def _verbs(lately: Lately) -> dict[str, Attempts]:
    """Whatever it was done to."""
    found: dict[str, Attempts] = {}
    for (verb, _), attempts in lately.items():
        known = found.get(verb, Attempts())
        found[verb] = Attempts(last=_later(known.last, attempts.last), good=_later(known.good, attempts.good))
    return found


def _later(*runs: Run | None) -> Run | None:
    return max((run for run in runs if run is not None), key=lambda run: run.at, default=None)


def _modified_at(path: Path) -> datetime | None:
    return _if_known(partial(modified_at, path))


def _mark(path: Path) -> object:
    """Differs where the file was written."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _if_known(ask: Callable[[], T]) -> T | None:
    """What cannot be known is measured as such, and holds up nothing else."""
    try:
        return ask()
    except BackupServError as error:
        log.debug("not measured: %s", error)
        return None
