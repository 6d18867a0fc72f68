"""The whole network back: plan it, carry it out step by step, go on after a crash.

Everything is stopped, files are put in place source after source, each by its own way with its own way back, and then
programs are started and looked at. A step is written down before it is begun. What fails on a network that ran is taken
back, so that it runs again as it did; on an empty host there is nothing to go back to, and the next `recover` goes on.
"""

from collections.abc import Callable
from dataclasses import replace

from core.domain.code import new_code
from core.domain.errors import BackupServError, ObjectDamaged, ObjectNotFound, PlanBlocked, RestoreFailed
from core.operations.recovery.parts import Part, choose
from core.operations.recovery.plan import PartPlan, RecoveryPlan
from core.operations.recovery.programs import Programs
from core.operations.recovery.putting import Putting
from core.operations.recovery.record import RecoveryFile, RecoveryRecord, Step, clock_of
from core.operations.recovery.terms import RecoveryWish, Terms
from core.operations.things.ground import Ground
from core.operations.things.quiet import quiet
from core.operations.things.things import Things, tell
from core.operations.unaudited import RestoreJournal
from core.ports import Progress

_LENGTH = 4  # of a code
_AROUND = (
    "`backupserv verify all` marks what is damaged, and `recover` takes the snapshot before it; --on STORAGE reads "
    "another copy, --only leaves a source out"
)
_AROUND_ANEW = _AROUND.replace("`recover`", "`recover --anew`") + "; what was put in place stays"


class Recovery:
    """Over one engine's ground. The caller holds the lock where something is changed."""

    def __init__(self, ground: Ground, terms: Terms, pin: Callable[[str, str], None]) -> None:
        self._ground = ground
        self._terms = terms
        self._pin = pin  # a snapshot and a restore of it that may be undone
        self._file = RecoveryFile(ground.state_dir)
        self._programs = Programs(
            sites=ground.sites, trees=ground.trees, terms=terms, handshake=ground.handshake, clock=ground.clock
        )
        self._things = Things(quiet(ground))

    def last(self) -> RecoveryRecord | None:
        """The last one, open or ended."""
        return self._file.read()

    def plan(self, wish: RecoveryWish, progress: Progress) -> RecoveryPlan:
        """What it would do. Changes nothing; every snapshot is opened for it."""
        chosen = choose(wish, self._ground, self._terms)
        problems = self._ground.repository.problems
        parts = list[PartPlan]()
        for number, part in enumerate(chosen.parts, start=1):
            progress.step(f"reading {part.source} ({number} of {len(chosen.parts)})")
            parts.append(self._plan_part(part, wish, progress))
        runs, unclear = self._programs.look()
        return RecoveryPlan(
            wish=wish,
            storage=self._ground.repository.name,
            chosen=chosen,
            parts=tuple(parts),
            runs=runs,
            unclear=unclear,
            starts=self._programs.starts,
            objective=self._terms.objective,
            made_at=self._ground.clock.now(),
            problems=problems,
        )

    def _plan_part(self, part: Part, wish: RecoveryWish, progress: Progress) -> PartPlan:
        try:
            proposal = self._things.plan(part.wish(exact=wish.exact), part.snapshot.id, progress)
        except PlanBlocked as error:
            raise PlanBlocked(f"{part.source}: {error.message}", hint=error.hint) from None
        except (ObjectDamaged, ObjectNotFound) as error:
            raise type(error)(f"{part.source}: {error.message}", hint=_AROUND) from None
        return PartPlan(part=part, proposal=proposal)

    def begin(self, plan: RecoveryPlan, *, by: str, code: str, unattended: bool, progress: Progress) -> RecoveryRecord:
        """Carry it out.

        Raises:
            PlanBlocked: nothing was changed.
            RestoreFailed: it stopped; says where, what is there now, and how it goes on.
        """
        if plan.blocked:
            raise PlanBlocked(plan.blocked, hint="nothing was changed")
        last = self._file.read()
        if last is not None and last.open:
            raise PlanBlocked(
                f"recovery {last.id} of {last.by} was cut short and is not ended",
                hint="`backupserv recover` goes on with it, `backupserv recover --anew` gives it up",
            )
        record = RecoveryRecord(
            id=code or new_code(_LENGTH),
            by=by,
            begun_at=self._ground.clock.now().isoformat(),
            storage=plan.storage,
            objective=plan.objective.total_seconds(),
            exact=plan.wish.exact,
            only=plan.wish.only,
            unattended=unattended,
            ran=plan.runs,
            steps=(
                Step(name="stop", doing="stop"),
                *(
                    Step(name=one.part.source, doing="put", thing=one.part.thing, snapshot=one.part.snapshot.id)
                    for one in plan.parts
                ),
                Step(name="test", doing="test"),
                Step(name="start", doing="start"),
            ),
        )
        self._note(
            record, "recovery begun", progress, snapshots=" ".join(step.snapshot for step in record.steps).strip()
        )
        return self._go_on(self._file.write(record), progress)

    def resume(self, record: RecoveryRecord, progress: Progress) -> RecoveryRecord:
        """Go on where it was cut short: what is done is not done again. Raises as `begin`."""
        self._note(record, "recovery resumed", progress)
        return self._go_on(self._file.write(replace(record, attempts=record.attempts + 1, trouble="")), progress)

    def give_up(self, record: RecoveryRecord, progress: Progress) -> None:
        """It is not gone on with: what it has put in place stays."""
        self._note(record, "recovery given up", progress)
        self._file.write(replace(record, end="given up", ended_at=self._ground.clock.now().isoformat()))

    # --- step by step ------------------------------------------------------------------------

    def _go_on(self, record: RecoveryRecord, progress: Progress) -> RecoveryRecord:
        for number, step in enumerate(record.steps):
            if step.told:
                continue
            try:
                record = self._do(record, number, progress)
            except Exception as error:
                self._stopped(self._file.read() or record, number, error, progress)
                raise  # where the way back said nothing of its own
        faults = tuple(self._programs.faults(progress.step))
        ended = replace(record, end="done", faults=faults, ended_at=self._ground.clock.now().isoformat())
        self._file.write(ended)
        self._note(ended, "recovery done", progress, took=ended.measured, faults="; ".join(faults) or None)
        return ended

    def _do(self, record: RecoveryRecord, number: int, progress: Progress) -> RecoveryRecord:
        """One step, written down before and after."""
        step, began = record.steps[number], self._ground.clock.monotonic()
        record = self._file.write(record.with_step(number, replace(step, begun=True)))

        def say(text: str) -> None:
            progress.step(self._at(record, number, text))

        say("")
        if step.doing == "put":
            record, told = self._putting().put(record, number, progress)
        elif step.doing == "stop":
            told = self._programs.stop(say)
        elif step.doing == "test":
            told = self._programs.test()
        else:
            told = self._programs.start(say)
        done = replace(record.steps[number], told=told, seconds=self._ground.clock.monotonic() - began)
        return self._file.write(record.with_step(number, done))

    def _putting(self) -> Putting:
        """What the configuration of services says is read anew: it may have come back only now."""
        ground = self._ground
        if self._terms.sites is not None:
            ground = replace(ground, sites=self._terms.sites())
        return Putting(Things(quiet(ground)), ground, self._file, self._pin)

    def _at(self, record: RecoveryRecord, number: int, text: str) -> str:
        """The clock: "3 of 6 · services · 0:41 of 60:00"."""
        since = replace(record, ended_at=self._ground.clock.now().isoformat()).seconds
        what = text or record.steps[number].name
        return f"{number + 1} of {len(record.steps)} · {what} · {clock_of(since)} of {clock_of(record.objective)}"

    # --- where it fails ----------------------------------------------------------------------

    def _stopped(self, record: RecoveryRecord, number: int, error: Exception, progress: Progress) -> None:
        """A network that ran goes back while nothing of the new was started; otherwise it waits for a person."""
        step, why = record.steps[number], tell(error)
        record = self._file.write(replace(record, trouble=f"{step.name}: {why}"))
        self._note(record, "recovery stopped", progress, step=step.name, reason=why)
        if step.doing == "start" or not record.ran:
            goes_on = "`backupserv recover` goes on from there; what was put in place stays"
            raise RestoreFailed(
                f"the recovery stopped at {step.name} ({number + 1} of {len(record.steps)}): {why}",
                hint=_AROUND_ANEW if _is_of_the_copy(error) else goes_on,
            ) from error
        try:
            self._back(record, progress)
        except BackupServError as second:
            raise RestoreFailed(
                f"the recovery stopped at {step.name}: {why}. And going back stopped: {second.message}",
                hint="EVERYTHING IS DOWN: `backupserv recover` goes on, or undo each restore by its id",
            ) from error
        raise RestoreFailed(
            f"the recovery stopped at {step.name}: {why}. All is back as it was, and what ran runs again"
        ) from error

    def _back(self, record: RecoveryRecord, progress: Progress) -> None:
        """Everything is down still: nothing was started."""
        self._putting().take_back(record, progress)
        self._programs.start_these(record.ran)
        self._file.write(replace(record, end="put back", ended_at=self._ground.clock.now().isoformat()))

    def _note(self, record: RecoveryRecord, event: str, progress: Progress, **fields: str | None) -> None:
        """In the audit trail, if that can be written; no full disk of ours holds a recovery up."""
        RestoreJournal(self._ground.journal, progress).record(
            event, id=record.id, by=record.by, storage=record.storage, **fields
        )


def _is_of_the_copy(error: BaseException | None) -> bool:
    """Whether it is the snapshot that cannot be brought back, so that going on with it would end the same."""
    return error is not None and (isinstance(error, ObjectDamaged | ObjectNotFound) or _is_of_the_copy(error.__cause__))
