"""The same engine on bare files, for the night when nothing else is left: no repository, no services."""

from dataclasses import replace
from datetime import datetime

from core.domain.errors import PlanBlocked, SourceDamaged
from core.domain.finding import Finding, Severity
from core.formats import atheme, sqlite
from core.operations.by_format import plan_in
from core.operations.table_transaction import carried_out
from core.registrations.plan import Plan
from core.registrations.row_plan import RowPlan
from core.registrations.splice import prove_splice, splice
from core.registrations.tables import TablePlan
from core.registrations.wish import Network, NobodyErased, Target, Wishes

UNKNOWN_ERASURE = "bare files do not say who asked to be forgotten: `backupserv find NICK` on the host does"

# SQLite would carry out what stands in a log of the old file on the new one.
STALE_LOG = "whoever puts it in the place of the current one moves the files ending in -wal, -shm and -journal away too"


def splice_files(
    old: bytes,
    current: bytes,
    *,
    target: Target,
    wishes: Wishes,
    network: Network,
    now: datetime,
    from_damaged: bool = False,
) -> tuple[Plan, bytes | None]:
    """The plan for taking `target` out of `old` into `current`, and the result; None where the plan is blocked.

    Raises:
        AccountNotFound: `old` does not have it.
        PlanBlocked: the two cannot be brought together, or a wish makes no sense.
        SourceDamaged: `current` has faults; or `old` has, unless `from_damaged`.
    """
    if old and current and sqlite.is_sqlite(old) != sqlite.is_sqlite(current):
        raise PlanBlocked("the old and the current database are of different formats", hint="take two of one format")
    for content, whose in ((current, "the current database"), (old, "the old database")):
        faults = [] if content is old and from_damaged else _faults(content, network)
        if faults:
            raise SourceDamaged(
                f"{whose} has {len(faults)} fault{'s' if len(faults) > 1 else ''}; the first: {faults[0]}",
                hint="`backupserv inspect` lists them; --from-damaged takes what is whole in the old one",
            )
    plan = plan_in(
        backup=old, live=current, target=target, wishes=wishes, network=network, erasure=NobodyErased(), now=now
    )
    plan = replace(plan, notes=(*plan.notes, UNKNOWN_ERASURE, *((STALE_LOG,) if sqlite.is_sqlite(current) else ())))
    if plan.blocked:
        return plan, None
    result = _result(current, plan)
    if faults := _faults(result, network):
        raise PlanBlocked(f"the result would have faults; the first: {faults[0]}", hint="nothing was written")
    return plan, result


def _result(current: bytes, plan: Plan) -> bytes:
    if isinstance(plan, TablePlan):
        return carried_out(current, plan)
    if not isinstance(plan, RowPlan):
        raise PlanBlocked("nothing is known of how to carry that plan out")
    result = splice(atheme.parse(current), plan)
    prove_splice(current, result, plan)
    return result


def _faults(content: bytes, network: Network) -> list[Finding]:
    if sqlite.is_sqlite(content):
        findings = sqlite.inspect(content)[1]
    else:
        findings = atheme.check(content, casemapping=network.casemapping)
    return [finding for finding in findings if finding.severity > Severity.WARNING]
