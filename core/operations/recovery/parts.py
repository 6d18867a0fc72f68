"""Which sources come back, in which order, and from which snapshot: one moment for all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.domain.moment import parse_moment, show
from core.domain.shrinking import held_now
from core.domain.snapshot import Snapshot
from core.domain.thing import THINGS, Thing, ThingWish
from core.operations.recovery.terms import RecoveryWish, Terms
from core.operations.things.ground import Ground

# What is needed to read the others comes first, what is written by running programs last.
_ORDER: tuple[Thing, ...] = ("config", "files", "tls", "database", "ircd")
_ANYWAY: Mapping[Thing, frozenset[str]] = {
    "tls": frozenset({"older", "expired", "names"}),
    "ircd": frozenset({"encrypted", "unjudged"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One source, and the snapshot of it that comes back."""

    source: str
    thing: Thing
    snapshot: Snapshot

    def wish(self, *, exact: bool) -> ThingWish:
        """As it is asked for alone. What was in force then comes back, whatever one would say of it today."""
        return ThingWish(
            thing=self.thing,
            source=self.source,
            exact=exact and self.thing != "database",
            anyway=_ANYWAY.get(self.thing, frozenset()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What comes back, and what does not, in words."""

    parts: tuple[Part, ...]
    missing: tuple[str, ...]  # there is no snapshot of it
    left_out: tuple[str, ...]  # nobody asked for it
    passed_over: tuple[str, ...]  # newer snapshots that look as if something was lost
    moment: datetime | None  # that was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    name: str
    thing: Thing
    folder: str = ""


def choose(wish: RecoveryWish, ground: Ground, terms: Terms) -> Chosen:
    """The parts, in the order in which they are put in place.

    Raises:
        PlanBlocked: one of `only` is nothing.
        SnapshotNotFound, TimeUnclear: nothing is known of that moment.
    """
    snapshots = ground.repository.snapshots()
    moment, named = _moment(wish, snapshots, ground)
    parts, missing, left_out, passed_over = list[Part](), list[str](), list[str](), list[str]()
    for source in _wanted(wish, ground):
        if _is_left(source, wish, terms):
            left_out.append(f"{source.name} ({source.folder})")
            continue
        there = [item for item in snapshots if item.source == source.name]
        found = _in_force(there, moment, ground, named)
        passed_over += _passed_over(there, moment, found)
        if found is None:
            first = f"the first is of {show(there[0].taken_at)}" if there else "it was never saved"
            missing.append(f"{source.name}: {first}")
        else:
            parts.append(Part(source=source.name, thing=source.thing, snapshot=found))
    return Chosen(
        parts=tuple(parts),
        missing=tuple(missing),
        left_out=tuple(left_out),
        passed_over=tuple(passed_over),
        moment=moment,
    )


def _passed_over(there: Sequence[Snapshot], moment: datetime | None, found: Snapshot | None) -> Iterator[str]:
    by_then = [item for item in there if moment is None or item.taken_at <= moment]
    newest = held_now(by_then)
    if newest is not None and newest is not found:
        yield f"{newest.tail} of {newest.source} is held, and not taken: {newest.held}"


def _moment(wish: RecoveryWish, snapshots: Sequence[Snapshot], ground: Ground) -> tuple[datetime | None, str]:
    """The moment that is meant; that of a snapshot is when it was taken, and its id comes with it."""
    if wish.reference is None or wish.reference.lower() == "latest":
        return None, ""
    moment = parse_moment(wish.reference, ground.clock.now())
    if moment is not None:
        return moment, ""
    named = wish.reference.lower()
    found = next((item for item in snapshots if named in {item.id.lower(), item.tail}), None)
    if found is None:
        raise SnapshotNotFound(f"no snapshot {wish.reference}", hint="`snapshots` lists all of them")
    return found.taken_at, found.id


def _in_force(there: Sequence[Snapshot], moment: datetime | None, ground: Ground, named: str) -> Snapshot | None:
    """The last of them by then that is not known to be damaged; however old, since no other speaks for that time.

    One that is held only if it was `named`.
    """
    for snapshot in reversed(there):
        if snapshot.held and snapshot.id != named:
            continue
        proof = ground.ledger.latest(snapshot.id, ground.repository.name)
        if (moment is None or snapshot.taken_at <= moment) and not (proof and proof.verdict == "damaged"):
            return snapshot
    return None


def _wanted(wish: RecoveryWish, ground: Ground) -> list[_Source]:
    there = sorted(_sources(ground), key=lambda source: _ORDER.index(source.thing))
    if not wish.only:
        return there
    known = {*THINGS, *(source.name for source in there)}
    if strange := [word for word in wish.only if word not in known]:
        names = ", ".join(dict.fromkeys([*(source.thing for source in there), *(source.name for source in there)]))
        raise PlanBlocked(f"{strange[0]} is nothing that could come back", hint=f"there is: {names}")
    return [source for source in there if not {source.name, source.thing}.isdisjoint(wish.only)]


def _sources(ground: Ground) -> Iterator[_Source]:
    for tree in ground.trees:
        yield _Source(name=tree.name, thing=tree.thing, folder=tree.source.folder)
    for site in ground.sites:
        yield _Source(name=site.name, thing="database")


def _is_left(source: _Source, wish: RecoveryWish, terms: Terms) -> bool:
    return source.folder in terms.leave and not {source.folder, source.name}.intersection((*wish.also, *wish.only))
