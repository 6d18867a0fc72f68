"""A standby is made the live database: the restore of a whole database, with its content coming from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

from core.domain.errors import BackupServError, ControlFailed, PlanBlocked, PlanOutdated, RestoreFailed
from core.operations.promotion import Candidate, Promotion, planned, read_standby
from core.operations.restore_report import RestoreReport
from core.operations.standby import Held, HeldThere
from core.operations.things.database.restoring import WholeRestore
from core.operations.things.ground import Ground
from core.operations.unaudited import RestoreJournal
from core.ports import Control, Progress


def promote(
    promotion: Promotion, candidate: Candidate, ground: Ground, *, by: str, code: str, progress: Progress
) -> RestoreReport:
    """Exactly this plan, or nothing: whatever fails, what was there is in place, and the old services run if they ran.

    Raises:
        PlanBlocked, PlanOutdated: nothing was changed; a new plan is needed.
        RestoreFailed: something else failed; says what, and that the old is back.
    """
    if promotion.blocked:
        raise PlanBlocked(promotion.blocked, hint="nothing was changed")
    standby, site = candidate.standby, candidate.site
    content, _ = read_standby(standby, site)
    if sha256(content).hexdigest() != promotion.mark:
        raise PlanOutdated("the standby was written anew since the plan was shown", hint="ask for it again")
    restore = WholeRestore(site, ground, progress)
    trail = RestoreJournal(ground.journal, progress)
    with _old_down(candidate, trail, progress) as told:
        report = restore.apply(
            promotion, lambda lies: planned(content, promotion.mark, lies, site, ground), by=by, code=code
        )
    trail.record("standby promoted", standby=standby.name, restore=report.id, by=by)
    _note(promotion, candidate, ground)
    return replace(
        report, outcome=f"standby {standby.name} is the live database", notes=(*told, *report.notes, *trail.lacking)
    )


@contextmanager
def _old_down(candidate: Candidate, trail: RestoreJournal, progress: Progress) -> Iterator[list[str]]:
    """The services that live elsewhere are down meanwhile; on failure they run again, if they ran. Yields notes."""
    old = candidate.standby.old
    told: list[str] = []
    was_running = old is not None and _stopped(old, candidate, told, progress)
    if was_running:
        trail.record("old services stopped", standby=candidate.standby.name)
    try:
        yield told
    except BaseException as error:
        if was_running and old is not None:
            _start_again(old, error)
        raise


def _stopped(old: Control, candidate: Candidate, told: list[str], progress: Progress) -> bool:
    """Whether they ran until now."""
    progress.step("stopping the old services")
    try:
        if not _runs(old):
            return False
        old.stop()
    except ControlFailed as error:
        if not candidate.old_is_down:
            raise PlanBlocked(
                f"the old services cannot be stopped: {error.message}", hint="nothing was changed"
            ) from None
        told.append("the old services could not be reached, and were said to be down: keep them down")
        return False
    told.append("the old services are stopped: see that nothing starts them again")
    return True


def _runs(old: Control) -> bool:
    if not old.can_act:
        raise ControlFailed("its control is none")
    return old.is_running()


def _start_again(old: Control, error: BaseException) -> None:
    try:
        old.start()
    except BackupServError as second:
        raise RestoreFailed(
            f"{error}. And the old services could not be started again: {second.message}", hint="start them by hand"
        ) from error


def _note(promotion: Promotion, candidate: Candidate, ground: Ground) -> None:
    """From now on this host keeps the standby current: what lies there is known, and may be replaced."""
    there = HeldThere(ground.state_dir)
    counts = candidate.site.source.inspect(promotion.plan.content)[0]
    held = there.of(promotion.standby)
    if held.digest != promotion.mark:
        held = Held(digest=promotion.mark, counts=counts, snapshot=promotion.snapshot_id)
    there.note(promotion.standby, held)
