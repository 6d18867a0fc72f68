"""How long each call to the outside took: a stopwatch that stands between the engine and its ports."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.domain.finding import Finding
from core.ports import Capture, Control, Progress, Rehearsal, Services, Source

STOP, START, REHEARSE = "stop services", "start services", "rehearse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One thing that was done. Seconds, by a clock that never goes back."""

    name: str
    begun: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.begun


@dataclass(slots=True)
class Stopwatch:
    """Everything that was measured, in the order in which it ended."""

    spans: list[Span] = field(default_factory=list)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """What happens within is one span, also where it fails."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.spans.append(Span(name=name, begun=begun, ended=time.monotonic()))

    def last(self, name: str) -> Span:
        """The newest span of that name."""
        return next(span for span in reversed(self.spans) if span.name == name)


class Silent:
    """A progress that nobody follows."""

    def step(self, text: str) -> None:
        """Nothing is said."""


class TimedControl:
    """Stops and starts services, on the clock."""

    def __init__(self, control: Control, watch: Stopwatch) -> None:
        self._control = control
        self._watch = watch
        self.can_act = control.can_act

    def is_running(self) -> bool:
        """See the port."""
        return self._control.is_running()

    def stop(self) -> None:
        """See the port."""
        with self._watch.measure(STOP):
            self._control.stop()

    def start(self) -> None:
        """See the port."""
        with self._watch.measure(START):
            self._control.start()


class TimedSource:
    """Captures and checks, on the clock."""

    def __init__(self, source: Source, services: Services, watch: Stopwatch) -> None:
        self._source = source
        self._services = services
        self._watch = watch
        self.name = source.name
        self.kind = source.kind

    def capture(self, progress: Progress, *, ask: bool = True) -> Capture:
        """See the port."""
        asks = ask and self._services.can_save
        with self._watch.measure("save asked for, read and checked" if asks else "read and checked"):
            return self._source.capture(progress, ask=ask)

    def inspect(self, content: bytes) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
        """See the port."""
        with self._watch.measure("check"):
            return self._source.inspect(content)


class TimedRehearsal:
    """Loads in the real program, on the clock."""

    def __init__(self, rehearsal: Rehearsal, watch: Stopwatch) -> None:
        self._rehearsal = rehearsal
        self._watch = watch

    def load(self, content: bytes, progress: Progress) -> str:
        """See the port."""
        with self._watch.measure(REHEARSE):
            return self._rehearsal.load(content, progress)
