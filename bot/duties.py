"""A job of the schedule at work: one after the other, patient with other runs, and told where it fails."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from functools import partial

from bot.chat.jobs import Jobs, Stopped
from bot.chat.worker import Worker
from core.domain.code import new_code
from core.domain.duty import Duty, Verb
from core.domain.errors import BackupServError, LockHeld
from core.domain.notice import Trouble
from core.journal.about import be_about
from core.operations.duty_verbs import BY, Done, carry_out
from core.operations.engine import Engine
from core.ports import Progress

log = logging.getLogger(__name__)

_PATIENCE = 3600.0  # seconds for which another run is waited for
_PAUSE, _LONGEST_PAUSE = 1.0, 20.0  # seconds between two looks; longer each time
_LANES: dict[Verb, str] = {"backup": "backup", "sync": "sync"}  # neither waits for anything that takes hours
_TOLD_BY_THE_VERB: dict[Verb, tuple[str, ...]] = {
    "backup": ("backup/", "held/"),
    "sync": ("copy/",),
    "verify": ("proof/",),
    "drill": ("drill/",),
}
_SUGGESTIONS: dict[Verb, str] = {
    "backup": "!backup now",
    "sync": "!sync",
    "verify": "!verify all",
    "prune": "!prune",
    "drill": "!drill",
}


class Duties:
    """Whoever carries them out."""

    def __init__(self, worker: Worker, jobs: Jobs) -> None:
        self._worker = worker
        self._jobs = jobs
        self._lanes: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def carry_out(self, duty: Duty) -> Done:
        """Do it when its turn comes. Failures are told, and end in the verdict.

        Cancelled while it waits, it has not begun; at work, it is brought to its end.
        """
        be_about(request=new_code(6))
        since = self._worker.engine.clock.now()
        trouble: BackupServError | None = None
        try:
            async with self._lanes[_LANES.get(duty.verb, "whatever reads back")]:
                done = await self._patiently(duty)
        except Stopped as stopped:
            return Done(good=False, detail=str(stopped))
        except BackupServError as error:
            trouble, done = error, Done(good=False, detail=str(error))
        except Exception as error:
            log.exception("the job %s failed", duty.name)
            done = Done(good=False, detail=f"failed inside BackupServ ({type(error).__name__}); the log says where")
        found = _trouble(duty, trouble or BackupServError(done.detail)) if not done.good else None

        def tell(engine: Engine) -> None:
            told = _TOLD_BY_THE_VERB.get(duty.verb, ())
            if found is None:
                engine.teller.of_schedule([], [f"schedule/{duty.name}"])
            elif not told or not engine.teller.has_told(told, since):
                engine.teller.of_schedule([found])

        await self._worker.do(tell)
        return done

    async def _patiently(self, duty: Duty) -> Done:
        loop = asyncio.get_running_loop()
        ends_at, pause = loop.time() + _PATIENCE, _PAUSE
        with self._jobs.at_work(duty.name, BY, stoppable=duty.verb != "prune") as job:
            while True:
                try:
                    return await _to_the_end(self._worker, duty, job)
                except LockHeld as error:
                    if loop.time() >= ends_at:
                        raise
                    job.step(f"waits: {error.message}")
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, 2 * pause)


async def _to_the_end(worker: Worker, duty: Duty, progress: Progress) -> Done:
    """A verb that has begun goes on to its end whoever is gone: what came of it is worth knowing."""
    work = asyncio.ensure_future(worker.do(partial(carry_out, duty=duty, progress=progress)))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        with contextlib.suppress(LockHeld):  # then it has not begun, and does not any more
            return await work
        raise


def _trouble(duty: Duty, error: BackupServError) -> Trouble:
    return Trouble(
        cause=f"schedule/{duty.name}",
        gravity="error",
        title=f"the job {duty.name} of the schedule failed: {error.message}",
        detail=error.hint,
        suggestion=_SUGGESTIONS[duty.verb],
    )
