"""Which snapshots stay and which may go. Pure: every promise here is proven over thousands of examples.

The promises: the newest, the newest that is not held, of these the newest of each level of proof, a pinned one, and
what any kept one rests on never go. Nothing goes while pruning is frozen, while a manifest cannot be read, while
nothing is proven, or while the newest is held. One in the future, as the clock says now, neither goes nor counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from core.domain.bucket import Firsts, bucket, first_of_each
from core.domain.errors import PlanBlocked
from core.domain.moment import ago
from core.domain.retention import Decision, Fate, Known, Reason, RetentionPolicy, Rule
from core.domain.snapshot import Snapshot

_LEVELS = (3, 2, 1)
_Claim = tuple[str, Reason]  # a snapshot's id, and why it stays


def decide(snapshots: Iterable[Snapshot], policy: RetentionPolicy, now: datetime, known: Known) -> Decision:
    """What becomes of all snapshots of one source in one storage. The order of the input does not matter.

    Raises:
        PlanBlocked: the policy keeps nothing.
    """
    if policy.keeps_nothing:
        raise PlanBlocked(
            "the retention policy keeps nothing",
            hint="[retention] needs one of keep_last, within, hourly, daily, weekly, monthly, yearly",
        )
    ordered = sorted(snapshots, key=lambda item: (item.sequence, item.id))
    counted = [snapshot for snapshot in ordered if snapshot.taken_at <= now]
    reasons: dict[str, list[Reason]] = {snapshot.id: [] for snapshot in ordered}
    firsts = first_of_each(counted, {*known.damaged, *known.held})
    for snapshot_id, reason in _claims(ordered, counted, firsts, policy, known):
        if reason not in reasons[snapshot_id]:
            reasons[snapshot_id].append(reason)
    halted = _halted(ordered, known)
    spared = _spared(halted, counted, policy)
    if spared is not None:
        reasons = {snapshot_id: found or [spared] for snapshot_id, found in reasons.items()}
    _keep_bases(ordered, reasons)
    return Decision(fates=tuple(_fates(ordered, firsts, reasons)), halted=halted)


def _claims(
    ordered: Sequence[Snapshot], counted: Sequence[Snapshot], firsts: Firsts, policy: RetentionPolicy, known: Known
) -> Iterator[_Claim]:
    for group in (ordered, counted):
        yield from _newest(group, known)
    for snapshot in ordered:
        if snapshot.id in known.pinned:
            yield from _claim([snapshot], "pinned", f"pinned: {known.pinned[snapshot.id]}")
        if snapshot.id in known.retained:
            yield from _claim([snapshot], "retained", f"retained {known.retained[snapshot.id]}")
    there = {snapshot.id for snapshot in counted}
    yield from _claim([item for item in ordered if item.id not in there], "future", "in the future: the clock stepped")
    if policy.everything:
        yield from _claim(ordered, "all", "imported, of which all stay unless [retention.sources] says otherwise")
    if policy.keep_last:
        yield from _claim(counted[-policy.keep_last :], "last", f"one of the last {policy.keep_last}")
    yield from _within(counted, policy)
    yield from _buckets(firsts, policy)


def _newest(group: Sequence[Snapshot], known: Known) -> Iterator[_Claim]:
    yield from _claim(group[-1:], "newest", "newest")
    good = [item for item in group if item.id not in known.held]
    if good[-1:] != group[-1:]:
        yield from _claim(good[-1:], "newest", "newest that is not held")
    for level in _LEVELS:
        proven = [item for item in good if known.proven.get(item.id, 0) >= level and item.id not in known.damaged]
        yield from _claim(proven[-1:], "proven", f"newest proven to level {level}")


def _claim(snapshots: Iterable[Snapshot], rule: Rule, text: str) -> Iterator[_Claim]:
    for snapshot in snapshots:
        yield snapshot.id, Reason(rule=rule, text=text)


def _within(counted: Sequence[Snapshot], policy: RetentionPolicy) -> Iterator[_Claim]:
    """Counted from the newest and not from now: after a month of silence the last two days before it are still there.

    One is no older than what came before it: a clock that was wrong for an hour makes nothing old.
    """
    if not policy.within or not counted:
        return
    start = max(snapshot.taken_at for snapshot in counted) - policy.within
    text = f"within {ago(policy.within.total_seconds())}"
    reached = counted[0].taken_at
    for snapshot in counted:
        reached = max(reached, snapshot.taken_at)
        if reached >= start:
            yield from _claim([snapshot], "within", text)


def _buckets(firsts: Firsts, policy: RetentionPolicy) -> Iterator[_Claim]:
    """The newest by their own time: one in the past, made by a clock that was set back, takes the place of none."""
    for span, first in firsts.items():
        number: int = getattr(policy, span)
        for name in sorted(first)[-number:] if number else ():
            yield from _claim([first[name]], span, f"{span} of {name}")


def _halted(ordered: Sequence[Snapshot], known: Known) -> str:
    if known.frozen:
        return f"frozen: {known.frozen}"
    if known.unreadable:
        many = "one manifest" if known.unreadable == 1 else f"{known.unreadable} manifests"
        return f"{many} cannot be read, so what must stay for their sake is not known"
    if known.shrunk:
        return known.shrunk
    sound = [item for item in ordered if known.proven.get(item.id, 0) and item.id not in known.damaged]
    return "no snapshot is proven: `backupserv verify` first" if ordered and not sound else ""


def _spared(halted: str, counted: Sequence[Snapshot], policy: RetentionPolicy) -> Reason | None:
    """Why even what nothing claims stays, or None."""
    if halted:
        return Reason(rule="halted", text=halted)
    if len(counted) <= policy.largest:
        return Reason(rule="few", text=f"no more than {policy.largest} snapshots are there")
    return None


def _keep_bases(ordered: Sequence[Snapshot], reasons: dict[str, list[Reason]]) -> None:
    """What a kept one rests on stays as well, and what that rests on: from the newest to the oldest."""
    tails: dict[str, list[str]] = {}
    by_id = {snapshot.id: snapshot for snapshot in ordered}
    todo = [snapshot for snapshot in reversed(ordered) if reasons[snapshot.id]]
    seen = {snapshot.id for snapshot in todo}
    for snapshot in todo:  # grows while it is walked
        base = by_id.get(snapshot.base)
        if base is None:
            continue
        tails.setdefault(base.id, []).append(snapshot.tail)
        if base.id not in seen:
            seen.add(base.id)
            todo.append(base)
    for base_id, found in tails.items():
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        reasons[base_id].append(Reason(rule="base", text=f"base of {found[0]}{others}"))


def _fates(ordered: Sequence[Snapshot], firsts: Firsts, reasons: dict[str, list[Reason]]) -> Iterator[Fate]:
    for snapshot in ordered:
        found = tuple(reasons[snapshot.id])
        yield Fate(snapshot=snapshot, reasons=found, instead="" if found else _instead(snapshot, firsts, reasons))


def _instead(snapshot: Snapshot, firsts: Firsts, reasons: dict[str, list[Reason]]) -> str:
    """What is kept of the shortest time around it."""
    for span, first in firsts.items():
        name = bucket(span, snapshot)
        there = first.get(name)
        if there is not None and reasons[there.id]:
            return f"{there.tail} is kept of {name}"
    return "older than all that is kept"
