"""Configuration comes back tested and told, or not at all; nothing secret of it is shown."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.control.reload_command import CommandReload, ReloadCommandSettings
from core.domain.errors import ConfigRefused, ControlFailed, ReloadRefused, RestoreFailed
from tests.conftest import require
from tests.core.operations.things.grove import Grove, make_grove, plant
from tests.fakes import FakeClock


@dataclass
class Program:
    """A program that reads its configuration when it is told to."""

    root: Path
    refuses: dict[str, Exception] = field(default_factory=dict)
    can_test: bool = True
    lives_on: list[str] = field(default_factory=list)

    def test(self) -> str:
        if "test" in self.refuses:
            raise self.refuses["test"]
        return "configtest passed"

    def reload(self, what: str) -> str:
        self.lives_on.append((self.root / "main.conf").read_text())
        if "reload" in self.refuses:
            raise self.refuses.pop("reload")
        return f"reloaded {what}"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "tree")


@pytest.fixture
def grove(tmp_path: Path, program: Program) -> Grove:
    made = make_grove(tmp_path, FakeClock(), reload=program)
    plant(made.root)
    made.save()
    (made.root / "main.conf").write_text("name b\nport 6667\n")
    (made.root / "conf.d" / "opers.conf").write_text('oper bob { password "letmein"; }\n')
    return made


def test_it_is_put_in_place_tested_and_read(grove: Grove, program: Program) -> None:
    """In that order, each told."""
    report = grove.restore(thing="config")
    assert program.lives_on == ["name a\nport 6667\n"]
    told = [text for text, _ in report.steps]
    assert told[-2:] == ["configtest passed", "reloaded config"]


def test_the_difference_is_shown_without_secrets(grove: Grove) -> None:
    """Line by line in the details; that a secret changed is to be seen, and not what it was or is."""
    plan = grove.plan(thing="config")
    details = "\n".join(plan.plan.details())
    assert "- name b" in details
    assert "+ name a" in details
    assert details.count('password "(hidden)"') == 2
    assert "hunter2" not in details
    assert "letmein" not in details
    assert not any("name b" in line for line in plan.plan.summary())
    assert "name b" not in str(plan.as_dict())


def test_a_long_difference_is_cut(grove: Grove) -> None:
    """A hundred lines, and how many more there are."""
    (grove.root / "main.conf").write_text("x\n" * 500)
    lines = [line for line in grove.plan(thing="config").plan.details() if "more lines" in line]
    assert len(lines) == 1


@pytest.mark.parametrize("error", [ConfigRefused("line 3 is wrong"), ControlFailed("nobody answers")])
def test_what_does_not_pass_the_test_goes_back_and_nobody_is_told(
    grove: Grove, program: Program, error: Exception
) -> None:
    """Its own words are told."""
    before = grove.looks()
    program.refuses["test"] = error
    with pytest.raises(RestoreFailed, match=str(error)):
        grove.restore(thing="config")
    assert grove.looks() == before
    assert program.lives_on == []
    assert grove.step() == "rolled back"


def test_what_is_refused_at_the_reload_goes_back_and_the_old_one_is_read_again(grove: Grove, program: Program) -> None:
    """The program may have read half of it."""
    before = grove.looks()
    program.refuses["reload"] = ReloadRefused("it goes on with what it had")
    with pytest.raises(RestoreFailed, match="old configuration: reloaded config"):
        grove.restore(thing="config")
    assert grove.looks() == before
    assert program.lives_on == ["name a\nport 6667\n", "name b\nport 6667\n"]


def test_that_nobody_could_be_told_of_the_way_back_is_loud(
    grove: Grove, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old files are back, and the program may live on the new ones: both stand in the error."""
    before = grove.looks()

    def gone(_what: str) -> str:
        raise ControlFailed("nobody answers")

    monkeypatch.setattr(program, "reload", gone)
    with pytest.raises(RestoreFailed, match=r"old files are back .* BUT THE PROGRAM WAS NOT TOLD, .*: nobody answers"):
        grove.restore(thing="config")
    assert grove.looks() == before


def test_undo_tests_and_tells_too(grove: Grove, program: Program) -> None:
    """It is a change like any other; its difference is shown as well."""
    report = grove.restore(thing="config")
    plan = grove.plan_undo(report.id)
    assert "+ name b" in plan.plan.details()
    grove.carry_out(plan)
    assert program.lives_on[-1] == "name b\nport 6667\n"


def test_files_of_a_configuration_ask_nobody(grove: Grove, program: Program) -> None:
    """The way for a program that does not answer because of the very configuration that must go."""
    grove.restore(thing="files")
    assert program.lives_on == []


NGIRCD = """[Global]
Name = {name}
Info = {info}
AdminInfo1 = lab
AdminEMail = lab@lab.test
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = {motd}
[Options]
PAM = no
Ident = no
DNS = no
IncludeDir = {folder}
"""


@dataclass
class Ngircd:
    """A real server on a configuration in a tree."""

    conf: Path
    port: int
    pid: int = 0

    def write(self, *, motd: str, name: str = "irc.lab.test") -> None:
        text = NGIRCD.format(info="lab", name=name, port=self.port, motd=motd, folder=self.conf.parent / "conf.d")
        self.conf.write_text(text)

    def person(self) -> socket.socket:
        deadline = time.monotonic() + 10
        made = socket.socket()
        while made.connect_ex(("127.0.0.1", self.port)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
            made.close()
            made = socket.socket()
        made.settimeout(5)
        made.sendall(b"NICK alice\r\nUSER a 0 * :a\r\n")
        _heard(made, b" 376 ")
        return made


def _heard(person: socket.socket, what: bytes) -> bytes:
    got = b""
    while what not in got:
        piece = person.recv(4096)
        assert piece, got
        got += piece
    return got


@pytest.fixture
def ngircd(tmp_path: Path) -> Iterator[Ngircd]:
    require("ngircd")
    (tmp_path / "tree" / "conf.d").mkdir(parents=True)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        server = Ngircd(tmp_path / "tree" / "ngircd.conf", free.getsockname()[1])
    server.write(motd="good")
    words = ["/usr/sbin/ngircd", "-n", "-f", str(server.conf)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.pid = process.pid
    yield server
    os.kill(process.pid, signal.SIGTERM)
    process.wait(10)


def test_a_real_ircd_lives_on_and_refuses_what_is_wrong(tmp_path: Path, ngircd: Ngircd) -> None:
    """ngIRCd: a wrong configuration does not pass its own test and the old one stays; a good one is read by SIGHUP.

    Who is connected stays connected all the while.
    """
    reload = CommandReload(
        ReloadCommandSettings(
            kind="command",
            config=["/bin/kill", "-HUP", str(ngircd.pid)],
            test=["/usr/sbin/ngircd", "--configtest", "-f", str(ngircd.conf)],
        )
    )
    grove = make_grove(tmp_path, FakeClock(), reload=reload)
    good = grove.save()
    ngircd.write(motd="wrong", name="")
    wrong = grove.save()
    ngircd.write(motd="now")
    with closing(ngircd.person()) as alice:
        with pytest.raises(RestoreFailed, match=r"refused \(exit \d+: .*server name configured"):
            grove.restore(thing="config", reference=wrong.id)
        assert "now" in ngircd.conf.read_text()
        grove.restore(thing="config", reference=good.id)
        deadline = time.monotonic() + 10
        heard = b""
        while b"good" not in heard:
            alice.sendall(b"MOTD\r\n")
            heard = _heard(alice, b" 376 ")
            assert time.monotonic() < deadline
            time.sleep(0.05)
        alice.sendall(b"PING x\r\n")
        _heard(alice, b"PONG")
