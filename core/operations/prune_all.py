"""Pruning over all storages: the plan that is shown, and exactly that plan carried out, or nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from core.domain.errors import BackupServError, PlanOutdated
from core.domain.retention import Rule
from core.domain.size import show_size
from core.operations.old_images import OldImage, old_images, remove
from core.operations.prune import PruneReport, prune_storage
from core.operations.prune_plan import Place, StoragePlan, plan_storage, size_of
from core.operations.restore_record import RestoreFolder
from core.ports import Progress
from core.repository.ledger import Ledger
from core.repository.pins import Held
from core.repository.refusals import Refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunePlan:
    """What would go, everywhere. It is carried out as it was shown: what falls due later waits for the next one."""

    storages: tuple[StoragePlan, ...]
    images: tuple[OldImage, ...] = ()
    made_at: datetime

    @property
    def digest(self) -> str:
        """What an agreement is bound to: every single thing that goes."""
        named = sorted(f"{plan.storage} {key}" for plan in self.storages for key in plan.keys)
        named += sorted(f"restore {image.restore_id}" for image in self.images)
        return sha256("\n".join(named).encode()).hexdigest()

    @property
    def empty(self) -> bool:
        """Whether nothing goes."""
        return not self.images and not any(plan.keys for plan in self.storages)

    @property
    def headline(self) -> str:
        """In one line."""
        doomed = sum(len(plan.doomed) for plan in self.storages)
        kept = sum(len(plan.kept) for plan in self.storages)
        freed = sum(plan.bytes_freed for plan in self.storages) + sum(image.size for image in self.images)
        if self.empty:
            return f"prune: nothing goes, {_many(kept, 'snapshot')} stay{'s' * (kept == 1)}"
        return f"prune: {doomed:,} of {_many(doomed + kept, 'snapshot')} go, {show_size(freed)} freed"

    def summary(self) -> tuple[str, ...]:
        """What is out of order, then a line a storage."""
        lines = [f"! {plan.storage}: {text}" for plan in self.storages for text in halts(plan)]
        lines += [_storage_line(plan) for plan in self.storages]
        if self.images:
            size = show_size(sum(image.size for image in self.images))
            lines.append(f"- what {_many(len(self.images), 'restore')} kept for an undo that is over ({size})")
        return tuple(lines)

    def details(self) -> tuple[str, ...]:
        """A line for everything that goes, and for everything that stays with all its reasons."""
        return (*self.summary(), *(line for plan in self.storages for line in _details(plan)))


def reasons_counted(plan: StoragePlan) -> dict[Rule, int]:
    """How many stay for each kind of reason; one that has several is counted in each."""
    found: dict[Rule, int] = {}
    for part in plan.sources:
        for fate in part.decision.fates:
            for rule in dict.fromkeys(reason.rule for reason in fate.reasons):
                found[rule] = found.get(rule, 0) + 1
    return found


def halts(plan: StoragePlan) -> tuple[str, ...]:
    """Why nothing may go, and what else is out of order."""
    found = (part.decision.halted for part in plan.sources)
    return tuple(dict.fromkeys(filter(None, (*found, *plan.troubles))))


def _storage_line(plan: StoragePlan) -> str:
    stay = " · ".join(f"{rule} {count:,}" for rule, count in reasons_counted(plan).items())
    orphans = f" and {_many(len(plan.orphans), 'object')} without a snapshot" if plan.orphans else ""
    return (
        f"{plan.storage}: {len(plan.doomed):,} go{orphans} ({show_size(plan.bytes_freed)}), "
        f"{len(plan.kept):,} stay{f': {stay}' if stay else ''}"
    )


def _details(plan: StoragePlan) -> Iterator[str]:
    for part in plan.sources:
        newest_first = reversed(part.decision.fates)
        for fate in sorted(newest_first, key=lambda one: one.stays):  # what goes comes first
            snapshot = fate.snapshot
            what = f"{plan.storage} {part.source} {snapshot.tail} {snapshot.taken_at:%Y-%m-%d %H:%MZ}"
            why = " · ".join(map(str, fate.reasons)) or f"{fate.instead} ({show_size(size_of(snapshot))})"
            yield f"{'=' if fate.stays else '-'} {what}: {why}"
    for item in plan.orphans:
        yield f"- {plan.storage} {item.key}: no manifest speaks of it ({show_size(item.size)})"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What came of it."""

    reports: tuple[PruneReport, ...]
    images: int = 0
    failures: tuple[str, ...] = ()  # beside those of the storages

    @property
    def all_failures(self) -> tuple[str, ...]:
        """All of them, with the storage's name."""
        return (*(f"{one.storage}: {text}" for one in self.reports for text in one.failures), *self.failures)

    def __str__(self) -> str:
        told = [_report_line(report) for report in self.reports]
        if self.images:
            told.append(f"what {_many(self.images, 'restore')} kept is gone")
        return " · ".join(told)


def _report_line(report: PruneReport) -> str:
    orphans = f" and {_many(report.orphans, 'object')} without one" if report.orphans else ""
    retained = f", {report.retained:,} retained by a lock" if report.retained else ""
    return (
        f"{report.storage}: {_many(report.removed, 'snapshot')}{orphans} removed, "
        f"{show_size(report.bytes_freed)} freed{retained}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What pruning works with. The caller holds the lock while it removes."""

    places: Sequence[Place]
    ledger: Ledger
    refusals: Refusals
    folder: RestoreFolder
    held: Callable[[datetime], Held]

    def plan(self, now: datetime) -> PrunePlan:
        """What would go now. Changes nothing.

        Raises:
            StorageUnavailable: what people want kept cannot be read.
            PlanBlocked: a policy keeps nothing.
        """
        held = self.held(now)
        plans = tuple(
            plan_storage(place, ledger=self.ledger, held=held, refusals=self.refusals, now=now) for place in self.places
        )
        images = () if held.frozen else old_images(self.folder, now)
        return PrunePlan(storages=plans, images=images, made_at=now)

    def carry_out(self, shown: PrunePlan, *, now: datetime, progress: Progress) -> Pruned:
        """Remove what was shown, and nothing else.

        Raises:
            PlanOutdated: something of it would stay now; nothing was removed.
        """
        fresh = self.plan(now)
        _refuse_outdated(shown, fresh)
        agreed = {plan.storage: plan.keys for plan in shown.storages}
        reports = tuple(
            prune_storage(
                place,
                plan,
                agreed.get(plan.storage, frozenset()),
                self.refusals,
                frozen=lambda: self.held(now).frozen,
                now=now,
                progress=progress,
            )
            for place, plan in zip(self.places, fresh.storages, strict=True)
        )
        images, failures = 0, list[str]()
        wanted = {image.restore_id for image in shown.images}
        for image in fresh.images:
            if image.restore_id in wanted and not self.held(now).frozen:
                try:
                    remove(image)
                    images += 1
                except BackupServError as error:
                    failures.append(str(error))
        return Pruned(reports=reports, images=images, failures=tuple(failures))


def _refuse_outdated(shown: PrunePlan, fresh: PrunePlan) -> None:
    now = {plan.storage: plan for plan in fresh.storages}
    for plan in shown.storages:
        there = now.get(plan.storage)
        if lost := plan.keys - (there.keys if there else frozenset()):
            reason = next(iter(halts(there)), "") if there else ""
            raise PlanOutdated(
                f"{len(lost):,} of what was to go from {plan.storage} would stay now{reason and f' ({reason})'}"
            )
