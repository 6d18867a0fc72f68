"""What is read in the audit trail, and what its check finds. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Wrong = Literal["changed", "torn", "missing", "inserted", "swapped", "cut off"]
Value = str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event. `seq` is its place in the chain; 0 for a line from before there was one."""

    seq: int
    at: str
    event: str
    fields: Mapping[str, Value] = field(default_factory=dict)

    @property
    def moment(self) -> datetime | None:
        """When; None if its time is no time."""
        try:
            moment = datetime.fromisoformat(self.at)
        except ValueError:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

    @property
    def line(self) -> str:
        """For people, on one line, whatever somebody wrote in it."""
        moment = self.moment
        at = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if moment is not None else "(no time)"
        told = [self.event, *(f"{name} {value}" for name, value in self.fields.items() if value is not None)]
        return "".join(char if char.isprintable() else "?" for char in f"{at} {' · '.join(told)}")

    def is_by(self, who: str) -> bool:
        """Whether somebody asked for it, under any of the names that were written down."""
        names = (self.fields.get(name) for name in ("by", "nick", "user", "account"))
        return who.lower() in {str(name).lower() for name in names if name is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries somebody wants to see; what is left out fits everything."""

    since: datetime | None = None
    by: str = ""
    event: str = ""

    def fits(self, entry: Entry) -> bool:
        """Whether this one is among them."""
        if self.event.lower() not in entry.event.lower() or (self.by and not entry.is_by(self.by)):
            return False
        moment = entry.moment
        return self.since is None or moment is None or self.since <= moment  # what has no time is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the chain ends: the SHA-256 of its last line vouches for all that is before it."""

    digest: str
    lines: int

    def __str__(self) -> str:
        """As it is posted, and as `--head` takes it back."""
        return f"audit head {self.digest} after {self.lines:,} lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first line that is not as it was written."""

    file: str
    line: int  # as `sed -n 17p` counts
    wrong: Wrong
    story: str

    def __str__(self) -> str:
        """In one sentence."""
        return f"{self.file} line {self.line}: {self.wrong}: {self.story}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check of the whole chain found. Of what comes after a fault nothing is said."""

    head: Head
    fault: Fault | None = None
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every line is as it was written, in its place."""
        return self.fault is None
