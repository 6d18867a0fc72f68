"""Plan the return of one account."""

from datetime import datetime

from core.domain.casemapping import Casemapping
from core.domain.errors import AccountNotFound, PlanBlocked
from core.formats.atheme import Database, lookup
from core.registrations.account_builder import Builder
from core.registrations.account_plan import AccountPlan, Conflict
from core.registrations.living import Living
from core.registrations.selection import select_account
from core.registrations.words import shown

__all__ = ["AccountPlan", "Conflict", "plan_account"]


def plan_account(
    *, backup: Database, live: Database, name: str, now: datetime, casemapping: Casemapping, sopers: bool = False
) -> AccountPlan:
    """What bringing `name` back from `backup` into `live` would do. Never takes anything from anybody.

    Raises:
        AccountNotFound: `backup` does not have it.
        PlanBlocked: the two databases are of different schemas, so no row can be carried over safely.
    """
    found = lookup(backup, name.encode(), casemapping)
    selection = select_account(backup, found, casemapping) if found is not None else None
    if selection is None:
        raise AccountNotFound(f"{name} is not in that database", hint="is it spelt as it was registered?")
    old, living = Living(backup, casemapping), Living(live, casemapping)
    if old.schema != living.schema:
        raise PlanBlocked(
            f"the snapshot has schema {shown(old.schema)}, the living database {shown(living.schema)}",
            hint="services were updated in between: restore the whole database instead",
        )
    return Builder(selection, old, living, int(now.timestamp()), sopers=sopers).plan()
