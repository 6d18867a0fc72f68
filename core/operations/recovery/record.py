"""How far a whole recovery got, written down before each step: what resumes it, and what is known of the last one."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.disk import make_private_folder, write_whole
from core.domain.errors import StorageUnavailable
from core.domain.thing import Thing

Doing = Literal["stop", "put", "test", "start"]
End = Literal["", "done", "put back", "given up"]
_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. A `put` is one source; its restores are those that were begun for it, the last one last."""

    name: str
    doing: Doing
    thing: Thing | Literal[""] = ""
    snapshot: str = ""
    restores: tuple[str, ...] = ()
    begun: bool = False
    seconds: float = 0.0
    told: str = ""  # what came of it; "" = not done


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRecord:
    """One whole recovery, as far as it got."""

    id: str
    by: str
    begun_at: str  # ISO 8601, UTC: the clock against the objective runs from here, also through a crash
    storage: str
    objective: float  # seconds
    exact: bool
    unattended: bool  # nobody waits at a terminal for it: the bot goes on by itself
    ran: tuple[str, ...]  # what ran before; () = an empty host
    steps: tuple[Step, ...]
    only: tuple[str, ...] = ()  # what alone was wanted; () = everything
    attempts: int = 1
    trouble: str = ""  # why the last attempt stopped
    faults: tuple[str, ...] = ()  # what is not as it should be, though everything is in place
    end: End = ""
    ended_at: str = ""

    @property
    def open(self) -> bool:
        """Whether something is left to do."""
        return not self.end

    @property
    def next_step(self) -> Step | None:
        """The first that is not done."""
        return next((step for step in self.steps if not step.told), None)

    @property
    def seconds(self) -> float:
        """From its beginning to its end."""
        if not self.ended_at:
            return 0.0
        return (datetime.fromisoformat(self.ended_at) - datetime.fromisoformat(self.begun_at)).total_seconds()

    @property
    def restores(self) -> tuple[str, ...]:
        """What can be undone, in the order in which it was done."""
        return tuple(step.restores[-1] for step in self.steps if step.restores and step.told)

    @property
    def is_whole(self) -> bool:
        """Whether everything came back: then it says how long that takes."""
        return self.end == "done" and not self.only

    @property
    def measured(self) -> str:
        """The total against the objective: "0:41 of 60:00, met"."""
        word = "met" if self.seconds <= self.objective else "MISSED"
        return f"{clock_of(self.seconds)} of {clock_of(self.objective)}, {word}"

    @property
    def standing(self) -> str:
        """Where it stands, in words for people."""
        step = self.next_step
        if not self.open:
            return f"recovery {self.id} of {self.by}: {self.end}"
        at = f"stopped at {self.trouble}" if self.trouble else f'was cut short at "{step.name if step else "its end"}"'
        return f"recovery {self.id} of {self.by} {at}"

    def with_step(self, number: int, step: Step) -> "RecoveryRecord":
        """The same with another step in that place."""
        return replace(self, steps=(*self.steps[:number], step, *self.steps[number + 1 :]))

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {**asdict(self), "seconds": self.seconds, "met": self.end == "done" and self.seconds <= self.objective}


def clock_of(seconds: float) -> str:
    """Minutes and seconds: "0:41", "60:00"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class RecoveryFile:
    """The record of the last recovery, in the state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "recovery.json"

    def write(self, record: RecoveryRecord) -> RecoveryRecord:
        """On disk before this returns."""
        make_private_folder(self._path.parent)
        write_whole(self._path, [json.dumps(asdict(record), indent=1, sort_keys=True).encode() + b"\n"])
        return record

    def read(self) -> RecoveryRecord | None:
        """The last one, or None.

        Raises:
            StorageUnavailable: there is one, and it cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                told = json.loads(file.read(_LIMIT))
            steps = tuple(Step(**{**step, "restores": tuple(step["restores"])}) for step in told.pop("steps"))
            told |= {name: tuple(told.get(name, ())) for name in ("ran", "only", "faults")}
            return RecoveryRecord(**told, steps=steps)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise StorageUnavailable(
                f"the record of a recovery at {self._path} cannot be read: {type(error).__name__}",
                hint="move it away to begin anew: what was put in place is found there",
            ) from None
