"""What the verbs have to say to people who did not ask: each outcome becomes trouble, or the end of it."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.drill import DrillReport
from core.domain.errors import BackupServError, SourceDamaged
from core.domain.notice import ALERTS, GRAVITIES, Gravity, Target, Trouble
from core.domain.snapshot import Snapshot
from core.guards.watch import Looked
from core.operations.holding import cause_of, trouble_of
from core.operations.saved import Saved
from core.operations.sync import SyncReport
from core.operations.verify import VerifyReport
from core.ports import Clock

if TYPE_CHECKING:
    from core.notices.incident import Incident
    from core.notices.notices import Notices

log = logging.getLogger(__name__)

_MOST_ALERTS = 200  # of Alertmanager that are open at once


class Teller:
    """Over the outbox of one state directory. With nobody to tell, nothing is written at all."""

    def __init__(self, state_dir: Path, targets: Sequence[Target], clock: Clock) -> None:
        self.targets = tuple(targets)
        self.was_told: Callable[[], object] = _nobody_waits  # called when something was put in, from any thread
        self._state_dir = state_dir
        self._clock = clock

    @cached_property
    def notices(self) -> "Notices":
        """The incidents and the outbox."""
        from core.notices.notices import Notices  # noqa: PLC0415 — `snapshots` and `status` need not wait for it

        return Notices(self._state_dir, self.targets, self._clock)

    def of_backups(self, made: Saved) -> None:
        """Each source that was saved, and each that was not; and each snapshot that is held, or is held no more."""
        self._tell(
            (
                *(
                    Trouble(
                        cause=f"backup/{name}",
                        gravity="emergency"
                        if isinstance(error, SourceDamaged)
                        else "error",  # what lives is being lost
                        title=f"{name} cannot be saved: {error.message}",
                        detail=error.hint,
                        suggestion=f"!backup now {name}",
                    )
                    for name, error in made.failures
                ),
                *(trouble_of(report.snapshot) for report in made.reports if report.snapshot.held),
            ),
            [
                *(f"backup/{report.snapshot.source}" for report in made.reports),
                *(cause_of(report.snapshot.source) for report in made.reports if not report.snapshot.held),
            ],
        )

    def of_release(self, snapshot: Snapshot) -> None:
        """One that was held is good."""
        self._tell((), [cause_of(snapshot.source)])

    def of_copies(self, reports: Sequence[SyncReport]) -> None:
        """Each copy that is behind, and each that is not."""
        self._tell(
            (
                Trouble(
                    cause=f"copy/{report.copy}",
                    gravity="warning",
                    title=f"copy {report.copy} is behind{_since(report.oldest_at)}: {report.trouble}",
                    suggestion="!sync",
                )
                for report in reports
                if report.trouble
            ),
            [f"copy/{report.copy}" for report in reports if not report.trouble],
        )

    def of_proof(self, report: VerifyReport) -> None:
        """A snapshot that is damaged: "could not check" is no trouble of the snapshot."""
        cause = f"proof/{report.storage}/{report.snapshot.tail}"
        if report.verdict != "damaged":
            self._tell((), [cause] if report.verdict == "proven" else [])
            return
        trouble = Trouble(
            cause=cause,
            gravity="error",
            title=f"snapshot {report.snapshot.tail} of {report.snapshot.source} on {report.storage} is damaged",
            detail=report.detail,
            suggestion="!verify all",
        )
        self._tell([trouble], [])

    def of_what_lives(self, storage: str, ids: Collection[str]) -> None:
        """Which snapshots a storage has: what was damaged and is gone is no trouble any more."""
        if not self.targets:
            return
        tails, place = {name.rpartition("-")[2] for name in ids}, f"proof/{storage}/"
        causes = [item.cause for item in self.notices.incidents() if item.cause.startswith(place)]
        self._tell((), [cause for cause in causes if cause.removeprefix(place) not in tails])

    def of_what_is_there(self, there: Mapping[str, Collection[str]]) -> None:
        """By the first word of causes, all names that they may go on with: nobody will ever look at another one again.

        A source that is configured no more cannot be saved for ever, and nobody wants to hear of that each day.
        """
        if not self.targets:
            return
        gone = []
        for incident in self._incidents():
            family, _, rest = incident.cause.partition("/")
            if rest and family in there and rest.partition("/")[0] not in there[family]:
                gone.append(incident.cause)
        self._tell((), gone)

    def of_drill(self, report: DrillReport) -> None:
        """A drill that failed is trouble until one goes well; so is one that could not be done, and less.

        Where nobody has said which program to boot, nothing is wrong: `status` says that it was never drilled.
        """
        if report.untried:
            return
        cause = f"drill/{report.source}"
        if report.good:
            self._tell((), [cause])
            return
        words = "failed" if report.verdict == "damaged" else "could not be done"
        trouble = Trouble(
            cause=cause,
            gravity="error" if report.verdict == "damaged" else "warning",
            title=f"the drill of {report.source} from {report.storage} {words}: {report.detail}",
            detail="It is not known whether it would come back tonight.",
            suggestion=f"!drill {report.source}",
        )
        self._tell([trouble], [])

    def of_cases(self, gravity: Gravity, title: str, suggestion: str) -> None:
        """People have opened or closed an incident of their own."""
        if self.targets:
            self._put(title, partial(self.notices.tell, gravity, title, cause="incident", suggestion=suggestion))

    def of_alerts(self, troubles: Sequence[Trouble], ended: Sequence[str], *, left_out: int) -> None:
        """What Alertmanager told; with too much of it at once, the number of the rest.

        Raises:
            StorageUnavailable: it is not kept; whoever told it must tell it again.
        """
        self.notices.ended(*ended)
        known = {item.cause for item in self.notices.incidents() if item.cause.startswith(ALERTS)}
        worst: Gravity = "warning"  # of those that are left out: an emergency among them is one
        for trouble in troubles:
            if trouble.cause in known or len(known) < _MOST_ALERTS:
                self.notices.trouble(trouble)
                known.add(trouble.cause)
            else:
                left_out += 1
                worst = max(worst, trouble.gravity, key=GRAVITIES.index)
        if left_out:
            title = f"{left_out} alerts more fire than are told one by one: Alertmanager lists them"
            self.notices.trouble(Trouble(cause=f"{ALERTS}more", gravity=worst, title=title))
        else:
            self.notices.well(f"{ALERTS}more")
        self.was_told()

    def of_guards(self, looked: Looked) -> None:
        """What guards found; whatever they found before and do not find now is well."""
        if not self.targets:
            return
        self._tell(looked.troubles, [item.cause for item in self._incidents() if looked.is_well(item.cause)])

    def of_schedule(self, troubles: Iterable[Trouble], well: Sequence[str] = ()) -> None:
        """What went wrong with a job of the schedule, and what is not wrong any more."""
        self._tell(troubles, well)

    def has_told(self, beginnings: tuple[str, ...], since: datetime) -> bool:
        """Whether trouble of a cause that begins so was seen since then."""
        if not self.targets:
            return False
        try:
            return any(item.cause.startswith(beginnings) and item.seen_at >= since for item in self.notices.incidents())
        except BackupServError:
            return False

    def happened(self, gravity: Gravity, title: str, *, cause: str, detail: str = "") -> None:
        """Something that is no state, and has no end."""
        if self.targets:
            self._put(title, partial(self.notices.tell, gravity, title, cause=cause, detail=detail))

    def _tell(self, troubles: Iterable[Trouble], well: Sequence[str]) -> None:
        """What was done is done: an outbox that cannot be used is said in the log, as everything that it would hold."""
        if not self.targets:
            return
        for trouble in troubles:
            self._put(trouble.title, partial(self.notices.trouble, trouble))
        if well:
            self._put("", partial(self.notices.well, *well))

    def _incidents(self) -> "tuple[Incident, ...]":
        """Those that are open, as far as that is known."""
        try:
            return self.notices.incidents()
        except BackupServError as error:
            log.error("%s: what is wrong is not known", error)  # noqa: TRY400 — a sentence for an operator
            return ()

    def _put(self, what: str, put: Callable[[], object]) -> None:
        try:
            put()
            self.was_told()
        except BackupServError as error:
            log.error("%s: not told: %s", error, what)  # noqa: TRY400 — a sentence for an operator, not a traceback


def _nobody_waits() -> None:
    """Whoever carries it looks by itself now and then."""


def _since(moment: datetime | None) -> str:
    return f" since {moment:%Y-%m-%d %H:%M}Z" if moment is not None else ""
