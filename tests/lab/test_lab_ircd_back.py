"""Real InspIRCd: a ban that somebody removed is in force again after a restart, and undo lifts it."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.control.pidfile import PidfileControl, PidfileSettings
from tests.conftest import require
from tests.core.operations.things.grove import Grove, make_grove
from tests.fakes import FakeClock
from tests.lab.fixture import running_lab
from tests.lab.network import Lab, as_user, give_away
from tests.lab.person import Person
from tests.lab.real import find_program
from tests.machine import until

pytestmark = pytest.mark.lab
MASK = "*@banned.example.test"


class WaitingClock(FakeClock):
    """Its time goes on by hand, and who waits on it really waits, a quarter as long."""

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 4)
        super().sleep(seconds)


def _with_xlines(lab: Lab) -> None:
    """Bans are kept in a folder of their own, and written within a second."""
    kept = lab.folder / "kept"
    kept.mkdir()
    with (lab.folder / "inspircd.conf").open("a") as config:
        config.write(f'<module name="xline_db"><xlinedb filename="{kept}/xline.db" saveperiod="1s" backoff="1">\n')
    give_away(lab.folder)


@pytest.fixture
def lab() -> Iterator[Lab]:
    require("inspircd", "atheme-services")
    with running_lab(settle=_with_xlines) as network:
        yield network


@pytest.fixture
def grove(lab: Lab, tmp_path: Path) -> Grove:
    """The folder as a source of the IRCd, which is stopped by its pid and started as it always is."""
    made = make_grove(tmp_path, WaitingClock(), root=lab.folder / "kept", repository_folder="ircd")
    program = find_program("inspircd") or "inspircd"
    control = PidfileSettings(
        kind="pidfile",
        pidfile=lab.ircd_pidfile,
        start=[*as_user(), program, "--config", str(lab.folder / "inspircd.conf")],
        program="inspircd",
    )
    (site,) = made.engine.trees
    made.engine.trees = (replace(site, control=PidfileControl(control)),)
    return made


def oper(lab: Lab, nick: str) -> Person:
    person = Person(nick, lab.tls_port, lab.ca)
    person.send("OPER labop labop-password")
    person.wait(" 381 ")
    return person


def banned(lab: Lab) -> bool:
    """What the server itself says."""
    with oper(lab, "looker") as person:
        person.send("STATS g")
        person.wait(" 219 ")
        return any(f" g {MASK} " in line for line in person.heard)


def test_a_ban_comes_back_and_goes_again(lab: Lab, grove: Grove) -> None:
    xlines = lab.folder / "kept" / "xline.db"
    with oper(lab, "labadmin") as person:
        person.send(f"GLINE {MASK} 0 :spam")
        until(lambda: xlines.exists() and MASK in xlines.read_text(), "the ban was written")
        assert banned(lab)
        grove.save()
        owner = xlines.stat()
        person.send(f"GLINE {MASK}")
        until(lambda: MASK not in xlines.read_text(), "the ban was removed")
        assert not banned(lab)
        plan = grove.plan(thing="ircd")
        assert plan.plan.powers == ("1 ban that is not set now",)
        assert plan.second == ("bans come back or go",)
        assert "EVERYBODY ON IT IS DISCONNECTED" in plan.restart
        report = grove.carry_out(plan)
    assert banned(lab)
    lies = xlines.stat()
    assert (lies.st_uid, lies.st_gid, lies.st_mode) == (owner.st_uid, owner.st_gid, owner.st_mode)
    assert os.geteuid() != 0 or lies.st_uid != 0
    undo = grove.plan_undo(report.id)
    assert undo.plan.powers == ("1 ban that is set now no more",)
    grove.carry_out(undo)
    assert not banned(lab)
