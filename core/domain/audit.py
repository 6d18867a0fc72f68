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
        return self.since is None or self.since <= _moment(entry.at)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)  # what cannot be dated is shown rather than hidden
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


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
