"""The rehearsal, with the real program."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.control.rehearsal import AthemeRehearsal
from core.control.rehearsal_settings import RehearsalSettings
from core.domain.errors import ControlFailed, RehearsalFailed
from core.formats.atheme import parse
from tests.contracts.control_contract import lives
from tests.lab.network import Lab
from tests.lab.real import find_program

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]
ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "atheme"


class Quiet:
    def step(self, text: str) -> None:
        """Nobody listens."""


@pytest.fixture(scope="module")
def saved(town: Lab) -> bytes:
    """What services wrote when they were stopped."""
    town.stop_services()
    return town.database.read_bytes()


@pytest.fixture
def rehearsal(town: Lab) -> AthemeRehearsal:
    return rehearse_with(town.config)


def rehearse_with(config: Path, **changes: object) -> AthemeRehearsal:
    settings = {"binary": Path(find_program("atheme-services") or ""), "config": config} | changes
    return AthemeRehearsal(RehearsalSettings.model_validate(settings))


def change(content: bytes, kind: bytes, edit: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """The first row of a kind, edited word by word."""
    lines = content.split(b"\n")
    place = next(number for number, line in enumerate(lines) if line.startswith(kind + b" "))
    lines[place] = b" ".join(edit(lines[place].split(b" ")))
    return b"\n".join(lines)


def before(content: bytes, kind: bytes, *rows: bytes) -> bytes:
    """The content with rows put in before the first row of a kind."""
    head, mark, tail = content.partition(b"\n" + kind + b" ")
    return head + b"".join(b"\n" + row for row in rows) + mark + tail


@pytest.fixture(autouse=True)
def scratch(town: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder of our own: others may rehearse at the same time."""
    tmp_path_factory.getbasetemp()  # made where it always is, and not in ours
    folder = town.folder / "tmp"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_a_good_file_is_loaded_and_given_back(rehearsal: AthemeRehearsal, saved: bytes) -> None:
    """The sentence names the program and its version: it is evidence."""
    assert rehearsal.load(saved, Quiet()) == "loaded by atheme-services 7.2.12 and saved back unchanged"


@pytest.mark.parametrize("name", ["before.db", "after.db", "after-reloaded.db"])
def test_real_databases_with_every_module_pass(tmp_path: Path, town: Lab, name: str) -> None:
    """Each real sample passes, with its timed bans long run out and its dead setters: every load does that."""
    content = (VECTORS / name).read_bytes()
    modules = [row.fields[1].decode() for row in parse(content).rows if row.kind == b"MDEP"]
    _, _, rest = town.config.read_text().partition("serverinfo {")
    config = tmp_path / "atheme.conf"
    config.write_text("\n".join(f'loadmodule "modules/{name}";' for name in modules) + "\nserverinfo {" + rest)
    assert "7.2.12" in rehearse_with(config).load(content, Quiet())


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: change(content, b"CA", lambda row: [*row[:2], b"nobody", *row[3:]]), "nonexistent target"),
        (lambda content: before(content, b"MC", b"CA #gone alice +o 1 * "), "nonexistent channel"),
        (lambda content: before(content, b"MC", b"GIBBER 1 2 "), "unknown directive"),
        (lambda content: change(content, b"MU", lambda row: [*row[:7], b"+l" + row[7][1:], *row[8:]]), "confused"),
        (lambda content: before(content, b"GDBV", b"ME nobody bob 1 0 lost"), r"line \d+ \(ME\)|unknown account"),
        (lambda content: before(content, b"KID", b"NAM ghost ", b"MDN other mark y"), "MDN|object"),
        (lambda content: content[: len(content) // 2], "needed|lost"),
        (lambda _: b"", "added"),
    ],
    ids=["dangling-target", "dangling-channel", "unknown-row", "lost-crypt-flag", "orphan-memo", "orphan-mark",
         "cut-off", "empty"],
)  # fmt: skip
def test_damage_is_refused_in_the_program_s_own_words(
    rehearsal: AthemeRehearsal, scratch: Path, saved: bytes, damage: Callable[[bytes], bytes], reason: str
) -> None:
    """What would keep services down, drop a row or destroy a password is refused, and the reason told."""
    with pytest.raises(RehearsalFailed, match=reason):
        rehearsal.load(damage(saved), Quiet())
    assert list(scratch.glob("backupserv-*")) == []


def test_a_ban_that_runs_out_meanwhile_is_no_damage(rehearsal: AthemeRehearsal, saved: bytes) -> None:
    """Services take timed bans out when their time is up: a restore just then must not fail."""
    now = int(time.time())
    bans = (b"CA #zz bob +b 1 * ", b"MDA #zz bob expires %d" % (now - 1), b"MDA #zz bob reason x")
    channel = (b"MC #zz 1 1 +vg 272 6 0  ", b"CA #zz alice +AFORaefhioqrstv 1 alice ", *bans)
    content = before(saved, b"KID", *channel, b"MDC #zz private:channelts 1")
    line = b"KL 1 * 192.0.2.7 3600 %d root1 flooding" % (now - 3700)
    content = content.replace(b"\nKID 0 \n", b"\nKID 1 \n" + line + b"\n")
    assert "unchanged" in rehearsal.load(content, Quiet())


def test_the_live_files_are_not_touched(town: Lab, scratch: Path, saved: bytes) -> None:
    """The configuration's log files, also those of an included file, and the live folder stay as they are."""
    log, included = town.folder / "commands.log", town.folder / "more.conf"
    other = town.folder / "other.log"
    included.write_text(f'logfile "{other}" {{ error; info; }};\n')
    config = town.folder / "with-include.conf"
    config.write_text(town.config.read_text() + f'\ninclude "{included}";\ninclude "more.conf";\n')
    marks = [(path.stat().st_size, path.stat().st_mtime_ns) for path in (log, town.database)]
    rehearse_with(config).load(saved, Quiet())
    assert [(path.stat().st_size, path.stat().st_mtime_ns) for path in (log, town.database)] == marks
    assert not other.exists()
    assert list(scratch.glob("backupserv-*")) == []


def test_a_silent_configuration_hides_nothing(town: Lab, tmp_path: Path, saved: bytes) -> None:
    """Where services are told to log errors only, the rehearsal still hears what it needs."""
    config = tmp_path / "atheme.conf"
    config.write_text(town.config.read_text().replace("loglevel = { error; info;", "loglevel = { error;"))
    assert "7.2.12" in rehearse_with(config).load(saved, Quiet())
    damaged = change(saved, b"MU", lambda row: [*row[:7], b"+l" + row[7][1:], *row[8:]])
    with pytest.raises(RehearsalFailed, match="confused by flags"):
        rehearse_with(config).load(damaged, Quiet())


def test_it_has_no_network(town: Lab, saved: bytes) -> None:
    """The program tries to link and cannot, though the server it would link to listens."""
    log = town.folder / "ircd.log"
    size = log.stat().st_size
    rehearse_with(town.config).load(saved, Quiet())
    assert log.stat().st_size == size


def test_too_little_time_proves_nothing(town: Lab, scratch: Path, saved: bytes) -> None:
    """A time-out is neither good nor bad news, and says how to give more time."""
    program = town.folder / "endless-services"
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    program.chmod(0o755)
    with pytest.raises(ControlFailed, match="proves nothing") as caught:
        rehearse_with(town.config, binary=program, timeout_seconds=0.2).load(saved, Quiet())
    assert "timeout_seconds" in caught.value.hint
    assert list(scratch.glob("backupserv-*")) == []


def test_what_cannot_be_rehearsed_is_not_called_bad(town: Lab, tmp_path: Path, saved: bytes) -> None:
    """A missing program, configuration or user says nothing about the database."""
    with pytest.raises(ControlFailed, match="nowhere"):
        rehearse_with(town.config, binary=tmp_path / "nowhere").load(saved, Quiet())
    with pytest.raises(ControlFailed, match="does not exist"):
        rehearse_with(tmp_path / "missing.conf").load(saved, Quiet())
    if os.geteuid() == 0:
        with pytest.raises(ControlFailed, match="no user"):
            rehearse_with(town.config, user="no-such-user").load(saved, Quiet())


_LOAD = """
import sys
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from core.control.rehearsal import AthemeRehearsal
from core.control.rehearsal_settings import RehearsalSettings
class Quiet:
    def step(self, text): pass
settings = RehearsalSettings(config=Path(sys.argv[1]))
print(AthemeRehearsal(settings).load(Path(sys.argv[2]).read_bytes(), Quiet()))
"""


def ordinary(module: str) -> list[str]:
    """What runs a Python program as an ordinary user, who can import that."""
    become = ["setpriv", "--reuid", "irc", "--regid", "irc", "--clear-groups", "sh", "-c", 'exec "$@"', "sh"]
    probe = f"import sys; sys.path[:0] = sys.argv[1:]; import {module}"
    for python in (sys.executable, "/usr/bin/python3"):
        words = [*become, python, "-c"]
        if subprocess.run([*words, probe, *sys.path], capture_output=True, check=False, cwd="/").returncode == 0:
            return words
    pytest.skip("this Python lies where other users cannot run it")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_it_works_without_root(town: Lab, saved: bytes) -> None:
    """An ordinary user's namespaces are enough."""
    words = ordinary("core.control.rehearsal")
    copy = town.folder / "copy.db"
    copy.write_bytes(saved)
    ended = subprocess.run(
        [*words, _LOAD, str(town.config), str(copy), *sys.path], capture_output=True, text=True, check=False, cwd="/"
    )
    assert "unchanged" in ended.stdout, ended.stderr


def test_it_does_not_outlive_us(town: Lab, scratch: Path, saved: bytes) -> None:
    """A bot that is killed during a rehearsal leaves no second services program behind."""
    program = town.folder / "hanging-services"
    program.write_text(f"#!/bin/sh\necho $$ > {town.folder}/hanging.pid\nexec sleep 30\n")
    program.chmod(0o755)
    (town.folder / "hanging.pid").touch(mode=0o666)
    (town.folder / "hanging.pid").chmod(0o666)
    source = _LOAD.replace("settings = RehearsalSettings(", f"settings = RehearsalSettings(binary=Path('{program}'), ")
    copy = town.folder / "copy.db"
    copy.write_bytes(saved)
    parent = subprocess.Popen([sys.executable, "-c", source, str(town.config), str(copy), *sys.path])
    deadline = time.monotonic() + 10
    while not (town.folder / "hanging.pid").read_text().endswith("\n") and time.monotonic() < deadline:
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    pid = int((town.folder / "hanging.pid").read_text())
    deadline = time.monotonic() + 2
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lives(pid)
    # What a killed parent could not clean is private, and the next rehearsal after a while takes it away.
    (left,) = scratch.glob("backupserv-*")
    assert left.stat().st_mode & 0o077 == 0
    os.utime(left, (1_700_000_000, 1_700_000_000))
    rehearse_with(town.config).load(saved, Quiet())
    assert list(scratch.glob("backupserv-*")) == []
