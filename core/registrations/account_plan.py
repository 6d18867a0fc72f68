"""The plan for one account: a value that can be judged, agreed to, and carried out exactly."""

from dataclasses import dataclass
from enum import Enum

from core.domain.casemapping import Casemapping
from core.registrations.ground import Claim
from core.registrations.words import clipped, listed

_LINE = 340  # bytes of a line of the summary: what fits into one IRC line with its sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something of the account that somebody else has now. It is left out, never taken away."""

    code: str  # for machines: "nick-taken", "certfp-taken", "channel-reregistered", "group-reregistered"
    what: str  # "nick bob_"
    why: str  # "is carol's now"

    def __str__(self) -> str:
        return f"{self.what} {self.why}"


class Place(Enum):
    """Where services print such rows; two insertions between the same two rows go in this order."""

    ACCOUNT = 1  # among the accounts, by name
    GROUP = 2  # GRP and MDG, among the groups, by name
    MEMBER = 3  # GACL, with the other members of its group
    FOUNDER = 4  # first in its channel's list
    ACCESS = 5  # last in its channel's list
    CHANNEL = 6  # among the channels, by name
    KIND = 7  # behind the last row of its kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """Rows that come in together."""

    place: Place
    rows: tuple[bytes, ...]  # whole lines without their LF


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """Everything that would change, and what people should know of it.

    `digest` covers all of it, and what it rests on in the living database, but for the time of now: two plans of one
    digest do the same thing. Nothing that people read holds a hash, an address or a host; the rows do.
    """

    account: str  # as it is stored
    casemapping: Casemapping
    insertions: tuple[Insertion, ...]
    removals: tuple[bytes, ...]  # rows of the living database that go
    claim: Claim  # what was looked at in the living database,
    ground: str  # and the digest of what was seen there
    digest: str = ""
    coming_back: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    powers: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: str = ""  # why it cannot be applied; "" = it can

    @property
    def additions(self) -> tuple[bytes, ...]:
        """All rows that come in."""
        return tuple(row for insertion in self.insertions for row in insertion.rows)

    def summary(self) -> tuple[str, ...]:
        """At most three lines for a channel, each below 350 bytes."""
        first = "+ " + ", + ".join(self.coming_back)
        if self.access:
            first += f"; access: {listed(self.access, _LINE - len(first.encode()) - 30)}"
        lines = [first]
        omitted = [*map(str, self.conflicts), *self.left_out]
        if omitted:
            lines.append(f"- left out: {listed(omitted, _LINE - 40)}")
        if self.powers:
            lines.append(f"! gives power back: {listed(self.powers, _LINE - 40)}")
        return tuple(clipped(line, _LINE) for line in lines)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "account": self.account,
            "digest": self.digest,
            "blocked": self.blocked,
            "coming_back": list(self.coming_back),
            "access": list(self.access),
            "conflicts": [{"code": item.code, "what": item.what, "why": item.why} for item in self.conflicts],
            "powers": list(self.powers),
            "left_out": list(self.left_out),
            "notes": list(self.notes),
            "rows_added": len(self.additions),
            "rows_removed": len(self.removals),
        }
