"""Certificates come back with their keys and are seen to be served, or what was served goes on being served."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.control.handshake import TlsHandshake
from core.domain.errors import ControlFailed, PlanOutdated, ProgramDown, ReloadRefused, RestoreFailed
from core.domain.thing import ThingWish
from core.operations.restore_record import RestoreFolder, Step
from core.operations.things.proposal import ThingProposal
from core.program_ports import What
from tests.core.certificates.pki import Identity, server
from tests.core.certificates.tls_port import TlsPort
from tests.core.operations.things.grove import Grove, make_grove
from tests.fakes import FakeClock, RecordingProgress

OLD = server(days=40, since=50)
NEW = server(days=80, since=10)


@dataclass
class Ircd:
    """Reads its certificates when it is told to; `answer` stands for what else a program may do then."""

    ports: list[TlsPort] = field(default_factory=list)
    answer: Callable[["Ircd"], str] = lambda ircd: ircd.read()
    told: int = 0

    can_test = False

    def test(self) -> str:
        raise ControlFailed("nobody asks")

    def reload(self, what: What) -> str:
        assert what == "tls"
        self.told += 1
        return self.answer(self)

    def read(self) -> str:
        for port in self.ports:
            port.reload()
        return "reloaded"

    def refuse(self) -> str:
        raise ReloadRefused("the reload command failed (exit code 1)")


@dataclass
class Harbour:
    """A grove of certificates with two ports over it."""

    grove: Grove
    ircd: Ircd

    def put(self, made: Identity) -> None:
        """As certbot renews; the program is told."""
        for name, content in (("irc.pem", made.chain), ("irc.key", made.key_pem)):
            (self.grove.root / name).write_bytes(content)
            (self.grove.root / name).chmod(0o600)

    def served(self) -> set[str]:
        return {TlsHandshake().served(port.address).fingerprint for port in self.ircd.ports}

    def plan(self, *anyway: str) -> ThingProposal:
        wish = ThingWish(thing="tls", anyway=frozenset(anyway))
        return self.grove.engine.plan_thing(wish, progress=RecordingProgress())


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Harbour]:
    """The old pair was saved; the new one lies there and is served."""
    ircd = Ircd()
    grove = make_grove(tmp_path, FakeClock(), repository_folder="ssl", reload=ircd)
    made = Harbour(grove, ircd)
    made.put(OLD)
    grove.save()
    made.put(NEW)
    with ExitStack() as stack:
        ircd.ports += [stack.enter_context(TlsPort(grove.root / "irc.pem", grove.root / "irc.key")) for _ in range(2)]
        (site,) = grove.engine.trees
        grove.engine.trees = (replace(site, serves=tuple(port.address for port in ircd.ports)),)
        yield made


def test_what_comes_back_is_served_on_every_port_and_an_undo_serves_what_was(harbour: Harbour) -> None:
    assert "say `anyway older`" in harbour.plan().blocked
    plan = harbour.plan("older")
    first = "+ certificate for irc.example.org, by R3, 2026-10-04 to 2027-01-02 (39 days left), + 2 paths changed"
    assert plan.plan.summary()[0].startswith(first)
    assert plan.restart == "certificates are reloaded, nobody is disconnected"
    report = harbour.grove.carry_out(plan)
    assert harbour.served() == {OLD.fingerprint}
    assert report.steps[-1][0] == f"served on {', '.join(port.address for port in harbour.ircd.ports)}"
    harbour.grove.undo(report.id)
    assert harbour.served() == {NEW.fingerprint}
    assert harbour.ircd.told == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Ircd.refuse, "the reload command failed"),
        (lambda _: "reloaded", "was told to reload, and serves another certificate than lies there now"),
    ],
    ids=["refuses", "lies"],
)
def test_a_reload_that_fails_or_lies_leaves_the_old_pair_in_place(
    harbour: Harbour, answer: Callable[[Ircd], str], why: str
) -> None:
    before = harbour.grove.looks()
    harbour.ircd.answer = answer
    with pytest.raises(RestoreFailed, match=why) as failed:
        harbour.grove.carry_out(harbour.plan("older"))
    assert "The old files are back in place" in str(failed.value)
    assert harbour.served() == {NEW.fingerprint}
    assert harbour.grove.looks() == before
    assert harbour.grove.step() == "rolled back"
    assert harbour.ircd.told == 2


def test_a_program_that_reads_too_early_is_told_again_and_serves_the_old_pair(harbour: Harbour) -> None:
    """It took the new pair on one port only: both are seen to serve the old one afterwards."""

    def half(ircd: Ircd) -> str:
        ircd.ports[0].reload()
        return "reloaded"

    harbour.ircd.answer = half
    with pytest.raises(RestoreFailed, match="serves another certificate"):
        harbour.grove.carry_out(harbour.plan("older"))
    assert harbour.served() == {NEW.fingerprint}


def test_another_certificate_on_a_port_outdates_the_plan(harbour: Harbour) -> None:
    plan = harbour.plan("older")
    first = plan.plan.summary()[0]
    assert "; now: irc.example.org until 2027-02-11 (79 days left) on 127.0.0.1:" in first, first
    harbour.put(server(days=81, since=9))
    harbour.ircd.read()
    harbour.put(NEW)
    with pytest.raises(PlanOutdated):
        harbour.grove.carry_out(plan)


def test_where_nothing_is_served_and_nobody_can_be_told_the_files_come_all_the_same(harbour: Harbour) -> None:
    """The server is dead: a certificate must not wait for it."""
    (site,) = harbour.grove.engine.trees
    harbour.grove.engine.trees = (replace(site, serves=("127.0.0.1:1",)),)

    def gone(_: Ircd) -> str:
        raise ControlFailed("there is no process")

    harbour.ircd.answer = gone
    report = harbour.grove.carry_out(harbour.plan("older"))
    assert report.notes == ("nobody was told, and no port served anything before: there is no process",)
    assert (harbour.grove.root / "irc.pem").read_bytes() == OLD.chain


@pytest.mark.parametrize(("error", "stays"), [(ProgramDown, True), (ControlFailed, False)])
def test_where_no_port_is_known_only_a_program_that_is_down_is_passed_over(
    harbour: Harbour, error: type[ControlFailed], *, stays: bool
) -> None:
    """A command that is misspelt does not pass for it: the old pair is back then."""
    (site,) = harbour.grove.engine.trees
    harbour.grove.engine.trees = (replace(site, serves=()),)

    def gone(_: Ircd) -> str:
        raise error("nobody is there")

    harbour.ircd.answer = gone
    plan = harbour.plan("older")
    if stays:
        assert harbour.grove.carry_out(plan).notes == ("nobody was told: nobody is there",)
    else:
        with pytest.raises(RestoreFailed, match="nobody is there"):
            harbour.grove.carry_out(plan)
    assert ((harbour.grove.root / "irc.pem").read_bytes() == OLD.chain) is stays


@pytest.mark.parametrize(("step", "told"), [("replaced", 0), ("starting", 1)])
def test_after_a_crash_whoever_was_told_serves_the_old_pair_again(harbour: Harbour, step: Step, told: int) -> None:
    """The files go back, and where the program had been told of the new ones it is told once more."""
    before = harbour.grove.looks()
    report = harbour.grove.carry_out(harbour.plan("older"))
    folder = RestoreFolder(harbour.grove.state)
    (record,) = (one for one in folder.all() if one.id == report.id)
    folder.write(record, step)
    (said,) = harbour.grove.engine.revive()
    assert "The old files are back in place" in said
    assert harbour.grove.looks() == before
    assert harbour.ircd.told == 1 + told
    assert harbour.served() == {NEW.fingerprint if told else OLD.fingerprint}


def test_after_a_crash_a_program_that_goes_on_with_another_pair_is_told(harbour: Harbour) -> None:
    report = harbour.grove.carry_out(harbour.plan("older"))
    folder = RestoreFolder(harbour.grove.state)
    (record,) = (one for one in folder.all() if one.id == report.id)
    folder.write(record, "starting")
    harbour.ircd.answer = Ircd.refuse
    (said,) = harbour.grove.engine.revive()
    assert "BUT THE PROGRAM IS NOT BACK ON THEM" in said
    assert "serves another certificate than lies there now" in said


def test_links_are_pointed_last_and_a_key_comes_right_after_its_certificate(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads them in between finds a whole pair, but for the moment between two renames."""
    root = harbour.grove.root
    (root / "a-link.pem").symlink_to("irc.pem")
    (root / "z.conf").write_text("x")
    saved = harbour.grove.save()
    harbour.put(OLD)
    (root / "z.conf").write_text("y")
    (root / "a-link.pem").unlink()
    (root / "a-link.pem").symlink_to("irc.key")
    moved: list[str] = []

    def rename(source: str, target: str, **folders: int) -> None:
        moved.append(target)
        real(source, target, **folders)

    real = os.rename
    monkeypatch.setattr("core.operations.things.putting.os.rename", rename)
    harbour.grove.restore(thing="tls", reference=saved.id)
    assert moved == ["irc.key", "irc.pem", "z.conf", "a-link.pem"]
