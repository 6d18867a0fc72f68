"""The plan for an Atheme database: rows that come in, rows that go, and what it all rests on."""

from dataclasses import dataclass
from enum import Enum

from core.domain.casemapping import Casemapping
from core.registrations.ground import Claim
from core.registrations.plan import Plan
from core.registrations.wish import Kind


class Place(Enum):
    """Where services print such rows; two insertions between the same two rows go in this order."""

    OWN = 1  # MDU ME MI AC MN MCFP, in the block of an account that is there
    ACCOUNT = 2  # MU and its own rows, among the accounts, by name
    GROUP_PROPERTY = 3  # MDG, with those of its group
    GROUP = 4  # GRP and MDG, among the groups, by name
    MEMBER = 5  # GACL, with the other members of its group
    FOUNDER = 6  # first in its channel's list
    ACCESS = 7  # last in its channel's list
    CHANNEL_PROPERTY = 8  # MDC, with those of its channel
    CHANNEL = 9  # MC, CA, MDA, MDC: among the channels, by name
    KEPT = 10  # NAM and MDN, among the kept names
    KIND = 11  # behind the last row of its kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """Rows that come in together."""

    place: Place
    rows: tuple[bytes, ...]  # whole lines without their LF


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan(Plan):
    """A plan, and the very rows. What people read holds no hash, no address and no host; the rows do.

    `digest` covers all of it, and what it rests on in the living database, but for the time of now.
    """

    kind: Kind
    casemapping: Casemapping
    insertions: tuple[Insertion, ...]
    removals: tuple[bytes, ...]  # rows of the living database that go
    claim: Claim  # what was looked at in the living database,
    ground: str  # and the digest of what was seen there

    @property
    def additions(self) -> tuple[bytes, ...]:
        """All rows that come in."""
        return tuple(row for insertion in self.insertions for row in insertion.rows)
