"""Who may what. Values and rules only: whom the server vouches for is found out elsewhere."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What somebody may ask for. Each command names the one that it needs."""

    VIEW = "view"  # look
    BACKUP = "backup"  # make and prove snapshots
    RESTORE = "restore"  # bring things back, where no second person is needed
    APPROVE = "approve"  # be that second person
    ADMIN = "admin"  # everything, retention and keys too


_IMPLIED: dict[Role, frozenset[Role]] = {
    Role.VIEW: frozenset(),
    Role.BACKUP: frozenset({Role.VIEW}),
    Role.RESTORE: frozenset({Role.VIEW, Role.BACKUP}),
    Role.APPROVE: frozenset({Role.VIEW}),
    Role.ADMIN: frozenset(Role),
}


def with_implied(roles: frozenset[Role]) -> frozenset[Role]:
    """The roles, and those that they hold within them."""
    return roles.union(*(_IMPLIED[role] for role in roles)) if roles else roles


class Scrutiny(IntEnum):
    """How hard it is looked at who wrote a line."""

    GLANCE = 0  # may be remembered for some seconds
    FRESH = 1  # asked now
    TWICE = 2  # asked now, and again: for what cannot be taken back
    AGAIN = 3  # a line of some minutes ago, once more: is who wrote it still there, and may they still?


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody whom the server vouched for a moment ago, as the configuration knows them.

    `name` is theirs in the configuration, or else the account, or else the oper's name: what the audit trail and a
    snapshot's reason say. A nick is only for addressing.
    """

    name: str
    roles: frozenset[Role]
    proof: str  # "account alice, oper", for the audit trail
    marks: frozenset[str] = frozenset()  # "account:alice", "certfp:…", "oper:netadmin": no two people share one
    breaks_glass: bool = False  # named by access.break_glass

    def may(self, role: Role) -> bool:
        """Whether a command that needs this role is obeyed."""
        return role in self.roles

    def is_same_person(self, other: "Actor") -> bool:
        """Whether two lines may have come from one person, whatever they proved themselves with."""
        return self.name.lower() == other.name.lower() or not self.marks.isdisjoint(other.marks)

    def is_certainly(self, other: "Actor") -> bool:
        """Whether two lines came from one person beyond doubt: a name and a proof are shared, not only one of them."""
        return self.name.lower() == other.name.lower() and not self.marks.isdisjoint(other.marks)
