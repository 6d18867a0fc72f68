"""Who has access to a channel now, or had it then?"""

from dataclasses import dataclass

from core.domain.errors import AccountNotFound, SourceUnreadable
from core.formats.atheme import shown
from core.formats.signature import HEAD, recognise
from core.operations.plan_tables import tables_of
from core.operations.side import Side
from core.operations.site import Site
from core.registrations.access_list import AccessList, access_in_rows, access_in_tables
from core.registrations.tables import Register
from core.registrations.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoReport:
    """The list, and where it was read."""

    access: AccessList
    where: str  # "live, saved 2026-11-23 14:05Z", "7q2fk3 of 2026-11-22 20:58Z"

    def told(self) -> tuple[str, ...]:
        """A headline, then a line an entry."""
        access = self.access
        masks = f", {plural(access.masks, 'hostmask')}" if access.masks else ""
        entries = plural(len(access.holders), "entry")
        return f"{access.channel} ({self.where}): {entries}{masks}", *map(str, access.holders)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        holders = [{"name": one.name, "flags": one.flags, "founder": one.is_founder} for one in self.access.holders]
        return {"channel": self.access.channel, "where": self.where, "access": holders, "hostmasks": self.access.masks}


def who(channel: str, side: Side, site: Site) -> WhoReport:
    """The access list of a channel in a snapshot, or in the living database.

    Raises:
        AccountNotFound: there is no such channel.
        SourceUnreadable: neither Atheme's text file nor SQLite.
        PlanBlocked, SourceDamaged: the tables cannot be read.
    """
    wanted = channel.encode("utf-8", "surrogateescape")
    kind = recognise(side.content[:HEAD])
    if kind == "sqlite":
        found = access_in_tables(Register(tables_of(side.content, side.label), site.casemapping), wanted)
    elif kind in {"atheme", "empty"}:
        found = access_in_rows(side.content, wanted, site.casemapping)
    else:
        raise SourceUnreadable(f"{side.label} is neither a services.db of Atheme nor SQLite")
    if found is None:
        raise AccountNotFound(
            f"{shown(wanted)} is not registered in {side.label}", hint="`find` tells in which snapshots it is"
        )
    return WhoReport(access=found, where=side.label)
