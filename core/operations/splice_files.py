"""The same engine on bare files, for the night when nothing else is left."""

from datetime import datetime

from core.domain.errors import PlanBlocked, SourceDamaged
from core.domain.finding import Finding, Severity
from core.formats.atheme import check, parse
from core.registrations.plan import Plan
from core.registrations.planning import plan_rows
from core.registrations.splice import prove_splice, splice
from core.registrations.wish import Network, Target, Wishes


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
    for content, whose in ((current, "the current database"), (old, "the old database")):
        faults = [] if content is old and from_damaged else _faults(content, network)
        if faults:
            raise SourceDamaged(
                f"{whose} has {len(faults)} fault{'s' if len(faults) > 1 else ''}; the first: {faults[0]}",
                hint="`backupserv inspect` lists them; --from-damaged takes what is whole in the old one",
            )
    live = parse(current)
    plan = plan_rows(backup=parse(old), live=live, target=target, wishes=wishes, network=network, now=now)
    if plan.blocked:
        return plan, None
    result = splice(live, plan)
    prove_splice(current, result, plan)
    if faults := _faults(result, network):
        raise PlanBlocked(f"the result would have faults; the first: {faults[0]}", hint="nothing was written")
    return plan, result


def _faults(content: bytes, network: Network) -> list[Finding]:
    findings = check(content, casemapping=network.casemapping)
    return [finding for finding in findings if finding.severity > Severity.WARNING]
