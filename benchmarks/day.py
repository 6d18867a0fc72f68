"""A day of every save: the same file, five minutes older each time, into every repository."""

import os
import shutil
from dataclasses import replace

from benchmarks.launcher import Order
from benchmarks.ours import Ours
from benchmarks.programs import Program, at, peers
from benchmarks.record import Bench, stored_bytes
from benchmarks.town import TODAY, Town, make_town, somebody_with_much
from core.domain.casemapping import fold

_LATER = 5  # seconds from the save of services to ours
_QUIET, _BUSY = 0.002, 0.01  # which share of accounts is seen in five minutes


class Day:
    """A town, its services.db, and the programs that save it. Parts are called `about`/…."""

    def __init__(self, bench: Bench, about: str, *, accounts: int) -> None:
        self._bench = bench
        self._about = about
        self._folder = bench.folder / about
        self._folder.mkdir()
        self.database = self._folder / "services.db"
        self._town: Town = make_town(accounts)
        self.programs: list[Program] = [
            Ours(self._folder / "ours", self.database),
            *peers(self._folder, self.database, bench.against),
        ]
        self._old = (0, b"")
        for program in self.programs:
            program.set_up()

    def live_through(self, saves: int, *, somebody_at: int = 0) -> None:
        """That many saves. Who is the richest at the snapshot of that number is remembered."""
        self._save("first", turn=0)
        for number in range(2, saves + 1):
            self._town.live(share=self._town.chance.uniform(_QUIET, _BUSY))
            self._save("save", turn=number)
            if number == somebody_at:
                self._old = (number, somebody_with_much(self._town))
            if number % 24 == 0:
                self._bench.say(f"{self._about}: {number} of {saves} saves")
        for program in self.programs:
            self._bench.record.stored[self._about, program.name] = stored_bytes(program.repository)
        self._bench.record.facts[f"{self._about}/database bytes"] = self.database.stat().st_size

    def restore(self, *, times: int) -> None:
        """The newest comes back, and is what it was."""
        wanted = self.database.read_bytes()
        into = self._folder / "restored"
        for turn in range(times):
            for program in self._in_turn(turn):
                into.mkdir()
                order = program.restore_newest(into)
                if self._bench.measure(f"{self._about}/restore", program, order):
                    files = [path for path in into.rglob("*") if path.is_file()]
                    if not any(path.read_bytes() == wanted for path in files):
                        raise ValueError(f"{program.name} restored something else than what was saved last")
                shutil.rmtree(into)

    def one_account(self, *, times: int) -> None:
        """What an old snapshot holds of one account comes out, its address included."""
        number, name = self._old
        output = self._folder / "account.txt"
        address = fold(name).lower().translate(None, b"[]{}|^`~\\") + b"@example.org"
        for turn in range(times):
            for program in self._in_turn(turn):
                order = program.one_account(name.decode(), number)
                run = self._bench.measure(f"{self._about}/account", program, replace(order, output=str(output)))
                if run and address not in output.read_bytes():
                    raise ValueError(f"{program.name} found no {name.decode()} in the snapshot {number}")

    def verify(self) -> None:
        """Everything that is stored, its bytes alone and what they mean."""
        for program in self.programs:
            for part, order in (("verify bytes", program.verify_bytes()), ("verify", program.verify_contents())):
                if order is not None:
                    self._bench.say(f"{self._about}: {part}, {program.name}")
                    self._bench.measure(f"{self._about}/{part}", program, order)

    def _save(self, part: str, *, turn: int) -> None:
        """Services write a new file and rename it; then all programs, another one first each time."""
        new = self.database.with_suffix(".new")
        new.write_bytes(self._town.render())
        os.utime(new, (self._town.now, self._town.now))
        new.replace(self.database)
        for program in self._in_turn(turn):
            self._bench.measure(f"{self._about}/{part}", program, at(program.save(), self._town.now + _LATER))

    def _in_turn(self, turn: int) -> list[Program]:
        first = turn % len(self.programs)
        return [*self.programs[first:], *self.programs[:first]]


def measure_clock(bench: Bench, programs: list[Program], *, times: int) -> None:
    """What the preloaded clock costs each program: a start that does nothing, with and without it."""
    for _ in range(times):
        for program in programs:
            order = Order(commands=[program.version_words], folder=str(bench.folder))
            bench.measure("clock/as it is", program, order)
            bench.measure("clock/set", program, at(order, TODAY))
