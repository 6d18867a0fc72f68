"""After each new snapshot of a services database: did so much change at once that somebody should look?"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.disk import make_private_folder, write_whole
from core.domain.errors import IdentityMissing
from core.domain.mass_change import MassLimits, is_mass, told
from core.domain.moment import show
from core.domain.notice import Trouble
from core.domain.snapshot import Snapshot
from core.formats.atheme import parse
from core.formats.sqlite import is_sqlite
from core.operations.plan_tables import tables_of
from core.operations.site import Site
from core.ports import Clock
from core.registrations.powers import KINDS, Powers, powers_in_rows, powers_in_tables, shifted
from core.registrations.tables import Register
from core.repository.repository import Repository

LASTS = timedelta(days=1)  # how long somebody is told to look
_LIMIT = 1 << 20
_KEPT = 200  # comparisons that say what is usual
_FOUND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a snapshot held."""

    snapshot: Snapshot
    powers: Powers


class MassChanges:
    """One source. What is usual is remembered in the state directory; losing it costs some weeks of knowing better."""

    def __init__(
        self, site: Site, repository: Repository, *, state_dir: Path, clock: Clock, limits: MassLimits
    ) -> None:
        self._site = site
        self._repository = repository
        self._path = state_dir / f"changes.{site.name}.json"
        self._clock = clock
        self._limits = limits
        self._number = 0  # of the newest snapshot that was looked at
        self._seen: _Seen | None = None

    def look(self) -> Iterator[Trouble]:
        """What was found within a day. Snapshots are opened only where there is a new one.

        Raises:
            StorageUnavailable, ObjectDamaged: the new one cannot be read.
        """
        heads = self._repository.heads
        number = heads.known(self._repository.name).get(self._site.name, 0) if heads is not None else 0
        if number != self._number:
            with suppress(IdentityMissing):  # a host that only seals does not know what changed
                self._compare()
            self._number = number
        for found in self._read()["found"]:
            if self._clock.now() - datetime.fromisoformat(found["at"]) < LASTS:
                yield self._trouble(found)

    def _trouble(self, found: dict[str, Any]) -> Trouble:
        since = show(datetime.fromisoformat(found["since"]))
        return Trouble(
            cause=f"mass/{self._site.name}/{found['kind']}/{found['after']}",
            gravity="error" if found["kind"] == "founders" else "warning",
            title=f"{told(found['kind'], found['number'])} of {self._site.name} since {since}",
            detail=f"There were {found['there']:,}. Whoever did that with intent has told nobody: who was it?",
            suggestion=f"!diff {found['before']} {found['after']}",
        )

    def _compare(self) -> None:
        good = [item for item in self._repository.snapshots(self._site.name) if not item.held]
        known = self._read()
        if not good or good[-1].id == (self._seen.snapshot.id if self._seen is not None else known["last"]):
            return
        newest, last = good[-1], known["last"]
        if len(good) == 1:
            self._write(known | {"last": newest.id})
            return
        start = next((item for item in good[:-1] if item.id == last), good[-2])
        before = self._seen if self._seen is not None else _Seen(snapshot=start, powers=self._powers(start))
        self._seen = _Seen(snapshot=newest, powers=self._powers(newest))
        self._note(before, self._seen)

    def _powers(self, snapshot: Snapshot) -> Powers:
        content = self._repository.content(snapshot, quickly=True)
        if is_sqlite(content):
            return powers_in_tables(Register(tables_of(content, snapshot.tail), self._site.casemapping))
        return powers_in_rows(parse(content))

    def _note(self, before: _Seen, after: _Seen) -> None:
        changed, sizes, known = shifted(before.powers, after.powers), before.powers.sizes, self._read()
        usual: dict[str, list[int]] = known["usual"]
        mass = [kind for kind in KINDS if is_mass(changed[kind], sizes[kind], usual.get(kind, []), self._limits)]
        if len(mass) > 1 and "access" in mass:
            mass.remove("access")  # it goes with the others
        known["found"] += [self._found(kind, changed[kind], sizes[kind], (before, after)) for kind in mass]
        known["found"] = known["found"][-_FOUND:]
        known["usual"] = {kind: [*usual.get(kind, []), changed[kind]][-_KEPT:] for kind in KINDS}
        known["last"] = after.snapshot.id
        self._write(known)

    def _write(self, known: dict[str, Any]) -> None:
        make_private_folder(self._path.parent)
        write_whole(self._path, [json.dumps(known).encode()])

    def _found(self, kind: str, number: int, there: int, sides: Sequence[_Seen]) -> dict[str, object]:
        before, after = sides
        return {
            "kind": kind,
            "number": number,
            "there": there,
            "before": before.snapshot.tail,
            "after": after.snapshot.tail,
            "since": before.snapshot.taken_at.isoformat(),
            "at": self._clock.now().isoformat(),
        }

    def _read(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, RecursionError, KeyError, TypeError), self._path.open("rb") as file:
            known = json.loads(file.read(_LIMIT))
            usual = {kind: [int(number) for number in known["usual"].get(kind, [])] for kind in KINDS}
            found = [item for item in known["found"] if _is_whole(item)]
            return {"usual": usual, "found": found, "last": str(known["last"])}
        return {"usual": {}, "found": [], "last": ""}


def _is_whole(found: dict[str, Any]) -> bool:
    with suppress(KeyError, TypeError, ValueError):
        moments = (datetime.fromisoformat(found["at"]), datetime.fromisoformat(found["since"]))
        return found["kind"] in KINDS and int(found["number"]) >= 0 and all(moment.tzinfo for moment in moments)
    return False
