"""What freezes pruning by itself, from the moment when it is found until it is found no more."""

from datetime import datetime

from core.domain.errors import SourceDamaged
from core.guards.watch import Looked
from core.operations.saved import Saved
from core.repository.freezes import Freezes


def freeze_by(looked: Looked, freezes: Freezes, now: datetime) -> None:
    """Begin what is found, and end what is not, of those that guards hold.

    A guard that could not look ends nothing. One that is switched off holds nothing any more.

    Raises:
        StorageFull, StorageUnavailable: it could not be written down.
    """
    now_so = (*looked.troubles, *looked.standing)
    found = {trouble.cause: trouble.title for trouble in now_so if trouble.freezes}
    blind = [trouble.cause.removeprefix("blind/") for trouble in now_so if trouble.cause.startswith("blind/")]
    for freeze in freezes.standing():
        guard = freeze.cause.partition("/")[0]
        if freeze.by_guard and freeze.cause not in found and guard not in blind:
            freezes.release(freeze.cause)
    for cause, why in found.items():
        freezes.hold(cause, why, at=now, by_guard=True)


def freeze_by_damage(made: Saved, freezes: Freezes, now: datetime) -> None:
    """A database that was read and is damaged, until a good one is saved.

    Raises:
        StorageFull, StorageUnavailable: it could not be written down.
    """
    for report in made.reports:
        freezes.release(f"backup/{report.snapshot.source}")
    for name, error in made.failures:
        if isinstance(error, SourceDamaged):
            freezes.hold(f"backup/{name}", f"the last save of {name} is damaged", at=now)
