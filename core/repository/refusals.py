"""Which objects a storage would not delete, and when it is worth asking again: asking costs time, and at times money.

Only a memory: where it is lost, everything is asked once more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.disk import make_private_folder, write_whole
from core.domain.moment import show

_SOONEST = timedelta(days=1)
_LATEST = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One object that a lock keeps, or a server on which nothing is ever deleted."""

    since: datetime  # when it was refused first
    again_at: datetime  # not asked again before
    known: bool  # whether the storage said how long

    def __str__(self) -> str:
        how = "by a lock until" if self.known else "by the storage; asked again after"
        return f"{how} {show(self.again_at)}"


class Refusals:
    """What was refused, by storage and key."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "retained.json"

    def waiting(self, storage: str, now: datetime) -> Mapping[str, Refusal]:
        """Key → refusal, of what is not worth asking now."""
        return {key: item for key, item in self._all().get(storage, {}).items() if item.again_at > now}

    def note(self, storage: str, refused: Mapping[str, datetime | None], now: datetime) -> None:
        """What was refused just now, and until when if the storage said so. Else asked again tomorrow, then later.

        Raises:
            StorageFull, StorageUnavailable: it was not written.
        """
        everything = self._all()
        before = everything.get(storage, {})
        kept = {key: item for key, item in before.items() if item.again_at > now}
        for key, until in refused.items():
            since = before[key].since if key in before else now
            again_at = until or now + min(_LATEST, max(_SOONEST, now - since))
            kept[key] = Refusal(since=since, again_at=again_at, known=until is not None)
        everything[storage] = kept
        make_private_folder(self._path.parent)
        write_whole(self._path, [json.dumps(_written(everything), indent=1).encode()])

    def _all(self) -> dict[str, dict[str, Refusal]]:
        try:
            found = json.loads(self._path.read_bytes())
            return {storage: {key: _read(*item) for key, item in items.items()} for storage, items in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def _written(everything: Mapping[str, Mapping[str, Refusal]]) -> dict[str, dict[str, list[object]]]:
    return {
        storage: {
            key: [item.since.astimezone(UTC).isoformat(), item.again_at.astimezone(UTC).isoformat(), item.known]
            for key, item in items.items()
        }
        for storage, items in everything.items()
    }


def _read(since: str, again_at: str, known: bool) -> Refusal:  # noqa: FBT001 — in the order in which it lies in the file
    return Refusal(since=datetime.fromisoformat(since), again_at=datetime.fromisoformat(again_at), known=known)
