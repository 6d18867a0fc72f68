"""The reports of drills: one file each in the state directory, the newest few hundred."""

import json
import logging
from contextlib import suppress
from pathlib import Path

from core.disk import make_private_folder, write_whole
from core.domain.drill import DrillReport, read_report

log = logging.getLogger(__name__)

MOST = 200  # reports: of four sources a week almost a year
_LIMIT = 1 << 20  # bytes of one


class DrillReports:
    """Over `drills/` in the state directory. Losing it loses what was measured, and nothing that restores."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "drills"

    def keep(self, report: DrillReport) -> None:
        """On disk before this returns; beyond `MOST` the oldest go.

        Raises:
            StorageFull, StorageUnavailable: it was not kept.
        """
        make_private_folder(self._folder)
        text = json.dumps(report.as_dict(), ensure_ascii=True, indent=1).encode() + b"\n"
        write_whole(self._folder / f"{report.id}.json", [text])
        for path in self._paths()[:-MOST]:
            with suppress(OSError):
                path.unlink()

    def all(self) -> tuple[DrillReport, ...]:
        """The oldest first. What cannot be read is left out."""
        found = (_read(path) for path in self._paths())
        return tuple(sorted((item for item in found if item is not None), key=lambda item: item.at))

    def _paths(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix == ".json")
        except OSError:
            return []


def _read(path: Path) -> DrillReport | None:
    try:
        with path.open("rb") as file:
            return read_report(json.loads(file.read(_LIMIT)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.warning("the report of a drill, %s, cannot be read: %s", path.name, type(error).__name__)
        return None
