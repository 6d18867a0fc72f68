"""The unit as it is shipped, under a real systemd: start, watchdog, secrets, and a restore from inside its walls."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.crypto.age import generate_identity
from core.formats.atheme import parse
from tests.conftest import require
from tests.lab.network import lay_out
from tests.lab.real import find_program
from tests.lab.systemd_machine import ROOT, Machine, machine
from tests.machine import until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

SHIPPED = ROOT / "deploy" / "systemd"
UNIT = SHIPPED / "backupserv.service"
VECTORS = ROOT / "tests" / "vectors" / "atheme"
DATABASE = "/var/lib/atheme/services.db"
HIGHEST = 2.5  # of what `systemd-analyze security` calls exposure

_ATHEME = """\
[Service]
Type=forking
User=irc
RuntimeDirectory=atheme
PIDFile=/run/atheme/atheme.pid
WorkingDirectory=/var/lib/atheme
ExecStart=/usr/bin/atheme-services -c /etc/atheme/atheme.conf -D /var/lib/atheme -p /run/atheme/atheme.pid -l log
"""
# What only this test needs: the Python that tests run with, secrets, and a watchdog in a hurry.
_FOR_ALL = """
[Service]
Environment=LD_LIBRARY_PATH=/opt/python/lib
LoadCredential=sasl:/etc/backupserv/sasl.password
LoadCredential=identity:/etc/backupserv/host.key
"""
_DROP_IN = f"{_FOR_ALL}WatchdogSec=2s\nRestartSec=100ms\n"


def bot_toml(recipients: list[str]) -> str:
    return f"""\
state_dir = "/var/lib/backupserv"
[network]
name = "LabNet"
host = "lab"
[keys]
recipients = {json.dumps(recipients)}
identity = "/etc/backupserv/host.key"
[storage.disk]
kind = "local"
path = "/var/lib/backupserv/repository"
[sources.services]
kind = "atheme"
database = "{DATABASE}"
config = "/etc/atheme/atheme.conf"
ask = {{ kind = "none" }}
control = {{ kind = "systemd", unit = "atheme-services.service" }}
rehearsal = {{ config = "/etc/atheme/atheme.conf" }}
[irc]
server = "127.0.0.1"
port = 6697
channel = "#opers"
sasl = {{ account = "BackupServ", password = {{ credential = "sasl" }} }}
[access]
accounts = ["alice"]
"""


def atheme_conf(folder: Path) -> str:
    """Every module that the sample database was written with."""
    lab = lay_out(folder)
    rows = parse((VECTORS / "before.db").read_bytes()).rows
    modules = [row.fields[1].decode() for row in rows if row.kind == b"MDEP"]
    rest = lab.config.read_text().partition("serverinfo {")[2].replace(str(folder), "/var/lib/atheme")
    return "\n".join(f'loadmodule "modules/{name}";' for name in modules) + "\nserverinfo {" + rest


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    require("atheme-services", "pkaction", "systemctl")
    config = atheme_conf(tmp_path_factory.mktemp("conf"))
    identity, recipient = generate_identity()
    files = {
        "/etc/systemd/system/backupserv.service": UNIT.read_text(),
        "/etc/systemd/system/backupserv.service.d/test.conf": _DROP_IN,
        "/etc/sysusers.d/backupserv.conf": (SHIPPED / "backupserv.sysusers").read_text(),
        "/etc/polkit-1/rules.d/50-backupserv.rules": (SHIPPED / "50-backupserv.rules").read_text(),
        "/etc/systemd/system/atheme-services.service": _ATHEME,
        "/etc/backupserv/bot.toml": bot_toml([recipient, generate_identity()[1]]),
    }
    with machine(files) as booted:
        booted.run("systemd-sysusers", "/etc/sysusers.d/backupserv.conf")
        booted.write("/etc/backupserv/host.key", identity + "\n", mode=0o600)
        booted.write("/etc/backupserv/sasl.password", "lab-password\n", mode=0o600)
        booted.write("/etc/atheme/atheme.conf", config, mode=0o640, owner="root:irc")
        yield booted


def put_database(booted: Machine, name: str) -> None:
    booted.run("systemctl", "stop", "atheme-services")
    booted.write(DATABASE, (VECTORS / name).read_text(), mode=0o640, owner="irc:irc")
    booted.run("systemctl", "start", "atheme-services")


def inside(booted: Machine, name: str, *words: str, also: str = "", code: int = 0) -> str:
    """A verb within the very walls of the unit: the same file, but for what is run, and what is `also` set."""
    text = UNIT.read_text().replace("Type=notify", "Type=oneshot")
    start = f"ExecStart=/opt/backupserv/bin/backupserv {' '.join(words)}"
    text = re.sub(r"^ExecStart=.*$", start, text, flags=re.MULTILINE)
    text = re.sub(r"^(Restart|WatchdogSec)=.*$", "", text, flags=re.MULTILINE)
    text += _FOR_ALL + also
    booted.write(f"/etc/systemd/system/{name}.service", text)
    booted.run("systemctl", "daemon-reload")
    booted.try_to("systemctl", "start", f"{name}.service")
    said = journal(booted, f"{name}.service")
    assert booted.show(f"{name}.service", "ExecMainStatus") == str(code), said
    return said


def in_credentials(booted: Machine, name: str) -> str:
    """A configuration whose identity is a credential of the unit of that name."""
    place = f"/run/credentials/{name}.service/identity"
    path = f"/etc/backupserv/{name}.toml"
    booted.write(path, booted.read("/etc/backupserv/bot.toml").replace("/etc/backupserv/host.key", place))
    return path


def running(booted: Machine) -> str:
    """Start the bot, if it does not run, and return its pid."""
    booted.run("systemctl", "start", "backupserv")
    return booted.show("backupserv", "MainPID")


def journal(booted: Machine, unit: str, *more: str) -> str:
    return booted.run("journalctl", "--quiet", "--output=cat", f"--unit={unit}", *more)


class TestTheFile:
    def test_systemd_finds_nothing_in_it(self, booted: Machine) -> None:
        """It prints what it does not understand, and its exit code is 0 all the same: any word is a fault."""
        ended = booted.try_to("systemd-analyze", "verify", "backupserv.service")
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")

    def test_it_is_shut_well_on_paper(self) -> None:
        """The score needs no running systemd."""
        require("systemd-analyze")
        words = [find_program("systemd-analyze") or "", "security", "--no-pager", "--offline=true"]
        limit = f"--threshold={HIGHEST * 10:.0f}"
        ended = subprocess.run([*words, limit, str(UNIT)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout[-200:] + ended.stderr

    def test_it_is_shut_well_where_it_runs(self, booted: Machine) -> None:
        """The same, as the manager that runs it has it."""
        running(booted)
        said = booted.run("systemd-analyze", "security", "--no-pager", "backupserv.service")
        found = re.search(r"exposure level for backupserv\.service: ([\d.]+)", said)
        assert found is not None
        assert float(found[1]) <= HIGHEST

    def test_it_is_not_root(self, booted: Machine) -> None:
        """Its own user, with what puts a file into another user's folder, and nothing more."""
        status = booted.read(f"/proc/{running(booted)}/status")
        uid = booted.run("id", "-u", "backupserv")
        assert uid != "0"
        assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status
        assert re.search(r"CapBnd:\t0+b\n", status)  # CHOWN, DAC_OVERRIDE, FOWNER


class TestTheBot:
    def test_it_is_up_without_irc_and_says_so(self, booted: Machine) -> None:
        """`systemctl start` returns when it can work, and IRC may be what is down. Its loop feeds the watchdog."""
        running(booted)
        began = time.monotonic()
        assert booted.show("backupserv", "ActiveState") == "active"
        until(
            lambda: booted.show("backupserv", "StatusText").startswith("connecting: "),
            "the status says that it connects",
        )
        until(lambda: time.monotonic() > began + 3, "the watchdog had time to bite")
        assert booted.show("backupserv", "NRestarts") == "0"

    def test_it_stops_cleanly(self, booted: Machine) -> None:
        """Exit code 0, at once, and the audit trail says that it was told to."""
        running(booted)
        booted.run("systemctl", "stop", "backupserv")
        assert booted.show("backupserv", "Result") == "success"
        assert booted.show("backupserv", "ExecMainStatus") == "0"
        assert "bot stopped" in booted.read("/var/lib/backupserv/audit.jsonl").splitlines()[-1]

    def test_a_hangup_does_not_end_it(self, booted: Machine) -> None:
        """It reads its configuration at the start alone, and says so."""
        pid = running(booted)
        booted.run("systemctl", "kill", "--kill-who=main", "--signal=HUP", "backupserv")
        until(lambda: "bot.toml is read at the start alone" in journal(booted, "backupserv"), "it says so")
        assert booted.show("backupserv", "MainPID") == pid
        warnings = journal(booted, "backupserv", "--priority=warning..warning").splitlines()
        assert any(re.match(r"WARNING bot\.app: SIGHUP", line) for line in warnings), (
            "with its priority, without a time"
        )

    def test_one_that_hangs_is_killed_and_started_again(self, booted: Machine) -> None:
        """A loop that stands still feeds nobody."""
        pid = running(booted)
        before = int(booted.show("backupserv", "NRestarts"))
        booted.run("kill", "-s", "STOP", pid)
        until(lambda: int(booted.show("backupserv", "NRestarts")) == before + 1, "systemd started it again")
        until(lambda: booted.show("backupserv", "ActiveState") == "active", "it is up again")
        assert booted.show("backupserv", "MainPID") != pid
        assert "Watchdog timeout" in journal(booted, "backupserv")


class TestTheWalls:
    def test_a_restore_is_made_from_inside_and_by_root(self, booted: Machine) -> None:
        """Services are stopped by polkit's leave, the real program rehearses in a namespace, the owner stays.

        A drill boots that program there, and asks it. On the worst night somebody types the same as root, with the
        bot dead, over what the bot has written.
        """
        put_database(booted, "before.db")
        assert "7 accounts" in inside(booted, "bs-backup", "backup")
        drilled = inside(booted, "bs-drill", "drill")
        assert "DRILL ok services" in drilled
        assert re.search(r"asked .* (\d+) of \1 known", drilled), drilled
        put_database(booted, "after.db")
        said = inside(booted, "bs-restore", "restore", "user", "alice", "--yes")
        assert "loaded by atheme-services" in said
        assert "DONE" in said
        assert booted.show("atheme-services", "ActiveState") == "active"
        assert booted.run("grep", "-c", "^MN alice ", DATABASE) == "3"
        assert booted.run("stat", "--format=%U:%G %a", DATABASE) == "irc:irc 640"
        assert booted.run("stat", "--format=%U", "/var/lib/backupserv/audit.jsonl") == "backupserv"
        put_database(booted, "after.db")
        assert "DONE" in booted.run("/opt/backupserv/bin/backupserv", "restore", "user", "alice", "--yes", "--quiet")
        # Where the walls leave the folder out, services are not stopped for what could not be written, nor put back.
        put_database(booted, "after.db")
        before = booted.show("atheme-services", "InvocationID")
        said = inside(booted, "bs-closed", "restore", "user", "alice", "--yes", also="ReadWritePaths=\n", code=6)
        assert "services.db cannot be written: Read-only file system" in said
        assert booted.show("atheme-services", "InvocationID") == before

    def test_one_without_capabilities_saves(self, booted: Machine) -> None:
        """A host that only saves gives it a group, and secrets as credentials: by name, an identity by its path."""
        put_database(booted, "before.db")
        booted.run("chown", "--recursive", "backupserv:", "/var/lib/backupserv")  # of what root did before
        plain = "CapabilityBoundingSet=\nAmbientCapabilities=\nSupplementaryGroups=irc\n"
        said = inside(booted, "bs-plain", "backup", "--config", in_credentials(booted, "bs-plain"), also=plain)
        assert "7 accounts" in said
        config = in_credentials(booted, "bs-check")
        ended = inside(booted, "bs-check", "check", "--no-irc", "--config", config, also=plain, code=1)
        assert re.search(r"ok +irc\.sasl\.password", ended)
        assert re.search(r"ok +keys", ended)
        assert re.search(r"FAIL +a restore of services .* cannot be written: Permission denied", ended)

    def test_only_the_named_units_are_its_to_stop(self, booted: Machine) -> None:
        """Another unit is refused, by a sentence and not by a prompt."""
        stop = ("runuser", "-u", "backupserv", "--", "systemctl", "--no-ask-password", "stop")
        ended = booted.try_to(*stop, "dbus.socket")
        assert ended.returncode != 0
        assert "uthentication" in ended.stderr
        booted.run("systemctl", "start", "atheme-services")
        booted.run(*stop, "atheme-services.service")
        assert booted.show("atheme-services", "ActiveState") == "inactive"
