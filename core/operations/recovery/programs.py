"""All programs of the network: stopped before whole files are put under them, started and looked at afterwards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.domain.errors import BackupServError, ControlFailed
from core.domain.thing import Thing
from core.operations.live_database import wait_for_services
from core.operations.recovery.terms import Terms
from core.operations.site import Site, TreeSite
from core.ports import Clock, Control
from core.program_ports import Handshake, Reload

Tell = Callable[[str], None]
_ORDER: tuple[Thing, ...] = ("ircd", "tls", "config", "files", "database")  # services link to an IRCd that is there
_PATIENCE = 30.0  # seconds that a TLS port may take to answer after the start
_SOON = 5.0  # seconds that a program may take until it is seen to run
_PAUSE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    """What one source is about; several may be about the same program."""

    name: str
    thing: Thing
    control: Control
    reload: Reload | None = None


class Programs:
    """Those that sources name, in the order in which they need each other; with a unit, that unit."""

    def __init__(
        self,
        *,
        sites: Sequence[Site],
        trees: Sequence[TreeSite],
        terms: Terms,
        handshake: Handshake | None,
        clock: Clock,
    ) -> None:
        self._sites = sites
        self._trees = trees
        self._terms = terms
        self._handshake = handshake
        self._clock = clock
        trees_ = [_Program(name=one.name, thing=one.thing, control=one.control, reload=one.reload) for one in trees]
        sites_ = [_Program(name=one.name, thing="database", control=one.control) for one in sites]
        self._all = sorted([*sites_, *trees_], key=self._rank)

    def _rank(self, program: _Program) -> tuple[int, int]:
        order = self._terms.order
        first = order.index(program.name) if program.name in order else len(order)
        return first, _ORDER.index(program.thing)

    @property
    def _acting(self) -> list[_Program]:
        return [one for one in self._all if one.control.can_act]

    @property
    def starts(self) -> tuple[str, ...]:
        """What `start` starts, by the names of the sources."""
        return tuple(one.name for one in self._acting) or (("everything",) if self._terms.unit else ())

    def look(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Which run now, and of which nobody can tell."""
        runs, unclear = list[str](), list[str]()
        for one in self._acting:
            try:
                if one.control.is_running():
                    runs.append(one.name)
            except ControlFailed:
                unclear.append(one.name)
        return tuple(runs), tuple(unclear)

    def stop(self, tell: Tell) -> str:
        """Stop all that run, the ones that need others first. Says which.

        Raises:
            ControlFailed: one of them still runs.
        """
        stopped = list[str]()
        if self._terms.unit is not None:
            tell("stopping everything")
            stopped += self._terms.unit.down()
        for one in reversed(self._acting):
            if self._lives(one):
                tell(f"stopping {one.name}")
                one.control.stop()
                stopped.append(one.name)
        if still := self.look()[0]:
            raise ControlFailed(f"{still[0]} still runs after it was stopped", hint="does something restart it?")
        return f"stopped {', '.join(stopped)}" if stopped else "nothing ran"

    def _lives(self, one: _Program) -> bool:
        """On an empty host nothing may be there that could be asked; then nothing is stopped."""
        try:
            return one.control.is_running()
        except ControlFailed:
            return False

    def test(self) -> str:
        """Whether programs would live with their configuration, where one can be asked while it is down.

        Raises:
            ConfigRefused: one would not.
        """
        told = list[str]()
        for one in self._all:
            if one.reload is not None and one.reload.can_test:
                try:
                    told.append(f"{one.name}: {one.reload.test()}")
                except ControlFailed:
                    told.append(f"{one.name} can only be asked while it runs")
        return "; ".join(told) or "nobody can be asked"

    def start(self, tell: Tell) -> str:
        """Start all, the ones that others need first, and wait until services answer. Says which.

        Raises:
            ControlFailed: one of them did not start.
            ServicesSilent: they run, and do not answer.
        """
        started, told = list[str](), "".join(f"; {text}" for text in self._tell_those_that_ran_on(tell))
        if self._terms.unit is not None:
            tell("starting everything")
            started += self._terms.unit.up()
        for one in self._acting:
            if not self._comes(one, _SOON if started else 0):
                tell(f"starting {one.name}")
                one.control.start()
                self._comes(one, _SOON)  # another source may name the same program
                started.append(one.name)
        for site in self._sites:
            if site.control.can_act:
                tell(f"waiting for {site.name}")
                wait_for_services(site, self._clock)
        return (f"started {', '.join(started)}" if started else "nothing to start here") + told

    def _tell_those_that_ran_on(self, tell: Tell) -> Iterator[str]:
        """Who cannot be stopped here reads its files anew. All that could be stopped is down by now: none of it hears.

        That nobody could be told is no reason to leave everything down: on an empty host there is nobody.
        """
        for one in self._all:
            if one.reload is not None and not one.control.can_act and self._terms.unit is None:
                tell(f"telling the program on {one.name}")
                try:
                    yield f"{one.name}: {one.reload.reload('tls' if one.thing == 'tls' else 'config')}"
                except BackupServError as error:
                    yield f"nobody could be told of {one.name} ({error.message})"

    def _comes(self, one: _Program, seconds: float) -> bool:
        """Whether it runs, by then."""
        deadline = self._clock.monotonic() + seconds
        while not one.control.is_running():
            if self._clock.monotonic() >= deadline:
                return False
            self._clock.sleep(_PAUSE)
        return True

    def start_these(self, names: Sequence[str]) -> None:
        """Those that ran before, after a way back."""
        if self._terms.unit is not None:
            self._terms.unit.up()
        for one in self._acting:
            if one.name in names and not one.control.is_running():
                one.control.start()

    def faults(self, tell: Tell) -> Iterator[str]:
        """What is not as it should be, though everything was started."""
        for one in self._acting:
            try:
                if not one.control.is_running():
                    yield f"{one.name} does not run"
            except BackupServError as error:
                yield f"{one.name}: {error}"
        if self._handshake is not None:
            for address in dict.fromkeys(address for tree in self._trees for address in tree.serves):
                tell(f"looking at {address}")
                yield from self._unserved(address, self._handshake)

    def _unserved(self, address: str, handshake: Handshake) -> Iterator[str]:
        deadline = self._clock.monotonic() + _PATIENCE
        while True:
            try:
                served = handshake.served(address)
            except ControlFailed as error:
                if self._clock.monotonic() >= deadline:
                    yield f"{address} serves no TLS: {error}"
                    return
                self._clock.sleep(_PAUSE)
            else:
                if served.ends_at < self._clock.now():
                    yield f"{address} serves a certificate that ended at {served.ends_at:%Y-%m-%d}"
                return
