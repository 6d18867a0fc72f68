"""What guards find may freeze pruning: from the moment when it is found until it is found no more."""

from datetime import datetime

from core.guards.watch import Looked
from core.repository.freezes import Freezes


def freeze_by(looked: Looked, freezes: Freezes, now: datetime) -> None:
    """Begin what is found, and end what is not, of those that guards hold.

    A guard that could not look ends nothing. One that is switched off holds nothing any more.

    Raises:
        StorageFull, StorageUnavailable: it could not be written down.
    """
    found = {trouble.cause: trouble.title for trouble in looked.troubles if trouble.freezes}
    blind = [trouble.cause.removeprefix("blind/") for trouble in looked.troubles if trouble.cause.startswith("blind/")]
    for freeze in freezes.standing():
        guard = freeze.cause.partition("/")[0]
        if freeze.by_guard and freeze.cause not in found and guard not in blind:
            freezes.release(freeze.cause)
    for cause, why in found.items():
        freezes.hold(cause, why, at=now, by_guard=True)
