"""`backupserv drill`: a verdict with an exit code, a report that is kept, and what status says of it."""

import json
from pathlib import Path

import pytest

from tests.bot.cli.test_command_line import Host
from tests.conftest import require
from tests.lab.network import config_text, lay_out
from tests.lab.real import find_program


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def with_services(host: Host) -> Host:
    """Its rehearsal is the real program, with the modules of that database."""
    require("atheme-services", "unshare")
    database = host.database.read_bytes()
    modules = [line.split()[1].decode() for line in database.split(b"\n") if line.startswith(b"MDEP ")]
    text = config_text(lay_out(host.folder / "lab"), "atheme.conf", str(host.folder / "lab"))
    _, _, rest = text.partition("serverinfo {")
    config = host.folder / "atheme.conf"
    config.write_text("\n".join(f'loadmodule "modules/{name}";' for name in modules) + "\nserverinfo {" + rest)
    text = (host.folder / "bot.toml").read_text()
    rehearsal = f'rehearsal = {{ binary = "{find_program("atheme-services")}", config = "{config}", user = "irc" }}'
    (host.folder / "bot.toml").write_text(f"{text}{rehearsal}\n")
    return host


def test_a_drill_is_measured_kept_and_told_by_status(host: Host) -> None:
    with_services(host).run("backup")
    assert "never drilled" in host.run("status")
    told = host.run("drill")
    assert told.startswith("DRILL ok services 20")
    assert "7 accounts, 6 channels as saved" in told
    assert "  booted " in told
    made = json.loads(host.run("drill", "--json"))
    assert (made["verdict"], made["met"], made["program"]) == ("proven", True, "atheme-services 7.2.12")
    assert [item["id"] for item in json.loads(host.run("drill", "--list", "--json"))][1] == made["id"]
    assert "(target 1h)" in host.run("status")
    status = json.loads(host.run("status", "--json"))
    services, network = status["objectives"]
    assert (services["window_met"], services["recovery_met"], network["what"]) == (True, True, "network")
    assert status["proof_level"] == 4
    assert status["score"]["points"] == 1
    assert "~ copies: another [storage.NAME]" in host.run("status")


def test_what_could_not_be_done_has_an_exit_code_of_its_own(host: Host) -> None:
    host.run("backup")
    assert "rehearsal]" in host.run("drill", code=6)
    assert "there is no source moon" in host.run("drill", "moon", code=3)
    assert "no program lives on a copy of services" in host.run("drill", "--with", "/bin/true", code=3)


def test_what_does_not_come_back_is_a_failure(host: Host) -> None:
    host.run("backup")
    (stored,) = (host.folder / "repository").rglob("*.db.zst.age")
    stored.write_bytes(stored.read_bytes()[:-20])
    assert "DRILL FAILED services" in host.run("drill", code=5)
