"""Drills with the real program."""

import os
import pwd
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.control import boot as boot_module
from core.control.boot import AthemeBoot
from core.control.isolated import isolated_words, program_user
from core.control.rehearsal_scratch import scratch_folder
from core.control.rehearsal_settings import RehearsalSettings
from core.domain.drill import DrillReport
from core.domain.errors import ControlFailed, RehearsalFailed
from core.ports import Progress
from tests.core.operations.drilling import drilled_world, with_boot
from tests.fakes import FakeClock
from tests.lab.network import Lab
from tests.lab.real import find_program
from tests.lab.test_lab_rehearsal import before, ordinary, scratch

__all__ = ["scratch"]
pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


@pytest.fixture(scope="module")
def saved(town: Lab) -> bytes:
    """What services wrote when they were stopped."""
    town.stop_services()
    return town.database.read_bytes()


def boot_with(town: Lab, **changes: object) -> AthemeBoot:
    settings = {"binary": Path(find_program("atheme-services") or ""), "config": town.config} | changes
    return AthemeBoot(RehearsalSettings.model_validate(settings))


def drill(tmp_path: Path, content: bytes, boot: AthemeBoot, progress: Progress, **wish: object) -> DrillReport:
    """A snapshot of that content, drilled."""
    world = with_boot(drilled_world(tmp_path, FakeClock(), content), boot)
    return world.engine.drill(progress=progress, **wish)  # type: ignore[arg-type]  # whatever a drill takes


def program(town: Lab, name: str, *lines: str) -> Path:
    """Something else in the place of services."""
    path = town.folder / name
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return path


def test_a_snapshot_is_booted_asked_and_saved_back(town: Lab, tmp_path: Path, saved: bytes, progress: Progress) -> None:
    """Every account and channel that it was asked about was known, and each step was timed."""
    made = drill(tmp_path, saved, boot_with(town), progress)
    assert made.verdict == "proven", made
    assert [step.name for step in made.steps] == [
        "fetched", "opened", "checked", "booted", "asked", "saved back", "compared",
    ]  # fmt: skip
    told = {step.name: step.told for step in made.steps}
    assert told["booted"] == "atheme-services 7.2.12" == made.program
    known, _, asked = told["asked"].removesuffix(" known").partition(" of ")
    assert known == asked
    assert int(asked) >= 2
    assert made.saved["accounts"] == made.counts["accounts"] > 0
    assert str(made).startswith("DRILL ok services 2026")
    assert " from disk: fetched 0.0s · " in str(made)
    assert str(made).endswith("(target 1h)")
    assert "accounts, " in str(made)
    assert made.lost == made.added == ()


def test_what_services_refuse_is_told_in_their_words(
    town: Lab, tmp_path: Path, saved: bytes, scratch: Path, progress: Progress
) -> None:
    """A row that the check cannot know of (a module that is not loaded) keeps them down: the drill says so."""
    refused = before(saved, b"KID", b"CA " + _first_channel(saved) + b" $server:irc.example.net +v 1 * ")
    made = drill(tmp_path, refused, boot_with(town), progress)
    assert made.verdict == "damaged", made
    assert "would not start: " in made.detail
    assert list(scratch.glob("backupserv-*")) == []


def _first_account(content: bytes) -> str:
    return next(line.split(b" ")[2].decode() for line in content.split(b"\n") if line.startswith(b"MU "))


def _first_channel(content: bytes) -> bytes:
    return next(line.split(b" ")[1] for line in content.split(b"\n") if line.startswith(b"MC "))


def test_rows_that_services_drop_are_counted(town: Lab, tmp_path: Path, saved: bytes, progress: Progress) -> None:
    """They start without a word that matters; what is lost shows in what they save back."""
    services = program(
        town,
        "forgetful-services",
        f'{find_program("atheme-services")} "$@" & child=$!',
        "trap 'kill -TERM $child; wait $child; sed -i -e /^ME/d services.db; exit 0' TERM",
        "wait $child",
    )
    kept = before(saved, b"MN", b"ME alice bob 1700000000 0 hello", b"ME alice bob 1700000001 0 again")
    memos = kept.count(b"\nME ")
    made = drill(tmp_path, kept, boot_with(town, binary=services), progress)
    assert made.verdict == "damaged", made
    assert made.lost == (f"{memos} ME",)
    assert made.detail == f"the program does not give back {memos} rows: {memos} ME"


_STARTS = "echo '[now] atheme 7.2.12 is starting up...'"
_ENDS = {
    "ended by SIGKILL before it was done": (_STARTS, "kill -KILL $$"),  # where memory is short
    "ended by SIGTERM before it was done": (_STARTS, "kill -TERM $$"),
    "ended with exit code 0 before it was done": (_STARTS, "exit 0"),
    "had saved nothing": (
        f'{find_program("atheme-services")} "$@" & child=$!',
        "trap 'kill -KILL $child; exit 0' TERM",
        "wait $child",
    ),
}


@pytest.mark.parametrize("told", _ENDS)
def test_what_was_not_brought_to_its_end_is_neither_good_nor_damaged(
    town: Lab, tmp_path: Path, saved: bytes, progress: Progress, told: str
) -> None:
    """Somebody ended the program, or it saved nothing: then what lies there is what was given, and proves nothing."""
    made = drill(tmp_path, saved, boot_with(town, binary=program(town, "ended-services", *_ENDS[told])), progress)
    assert made.verdict == "unchecked", made
    assert told in made.detail


def test_a_program_that_hangs_is_killed_with_all_that_it_started(
    town: Lab, tmp_path: Path, saved: bytes, scratch: Path, progress: Progress
) -> None:
    """Its time-out is no verdict: the snapshot stays proven to level 3; no process and no folder is left."""
    pids = town.folder / "hung.pids"
    pids.touch()
    pids.chmod(0o666)
    hung = program(town, "hung-services", f"sleep 60 & echo $! $$ > {pids}; wait")
    world = with_boot(drilled_world(tmp_path, FakeClock(), saved), boot_with(town, binary=hung, timeout_seconds=1))
    made = world.engine.drill(progress=progress)
    assert made.verdict == "unchecked"
    assert "within 1 s" in made.detail
    assert "timeout_seconds" in made.detail
    for pid in map(int, pids.read_text().split()):
        _must_end(pid)
    assert list(scratch.glob("backupserv-*")) == []
    assert not (world.state / "drill").exists()
    proof = world.engine.ledger.standing(made.snapshot)
    assert proof is not None
    assert (proof.verdict, proof.level) == ("proven", 3)


def _must_end(pid: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.02)
    pytest.fail(f"{pid} lives")


def test_it_reaches_nobody(town: Lab, tmp_path: Path, saved: bytes, progress: Progress) -> None:
    """A connection out of it fails, to a port of ours that listens, and to the world; its own loopback is there."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        tries = town.folder / "tries"
        tries.touch()
        tries.chmod(0o666)
        python = "import socket, sys\nfor host, port in ((sys.argv[1], int(sys.argv[2])), ('192.0.2.1', 80)):\n"
        python += " try: socket.create_connection((host, port), 2)\n except OSError as error: print(error.errno)"
        prober = town.folder / "probe.py"
        prober.write_text(python)
        services = program(
            town,
            "curious-services",
            f"/usr/bin/python3 {prober} 127.0.0.1 {port} > {tries}",
            "ls /sys/class/net >/dev/null",
            "exit 3",
        )
        with pytest.raises(ControlFailed):
            boot_with(town, binary=services).boot(saved, (), work=tmp_path, progress=progress)
    refused, unreachable = map(int, tries.read_text().split())
    assert refused == 111, "its loopback is up, and nobody of ours is on it"
    assert unreachable == 101, "and there is no way out"


def test_what_services_do_not_know_is_told(town: Lab, tmp_path: Path, saved: bytes, progress: Progress) -> None:
    """The answers prove something: a name that nobody bears is told from one that somebody does."""
    name = _first_account(saved)
    questions = (("NickServ", "INFO", name), ("NickServ", "INFO", "nobody-bears-it"), ("ChanServ", "INFO", "#nowhere"))
    life = boot_with(town).boot(saved, questions, work=tmp_path, progress=progress)
    assert (life.asked, life.unknown, life.mute, life.complaint) == (3, 2, "", "")


def test_services_that_cannot_be_asked_live_all_the_same(
    town: Lab, tmp_path: Path, saved: bytes, progress: Progress
) -> None:
    """A program that does not bear what would make it answer is booted as it is; that nobody was asked is told."""
    services = program(
        town,
        "mute-services",
        "if grep -q 'transport/jsonrpc\";$' atheme.conf && grep -q 'port = 7999' atheme.conf; then",
        "  echo '[now] atheme 9.0 is starting up...'; echo '[now] module_load(): no such module'; exit 1",
        "fi",
        f'exec {find_program("atheme-services")} "$@"',
    )
    made = drill(tmp_path, saved, boot_with(town, binary=services), progress)
    assert made.verdict == "proven", made
    assert {step.name: step.told for step in made.steps}["asked"].startswith("nobody answered: misc/httpd")
    assert made.detail.endswith(" as saved, and nobody could be asked")


def test_another_program_is_tried_and_proves_nothing_for_tonight(
    town: Lab, tmp_path: Path, saved: bytes, progress: Progress
) -> None:
    """`--with`: an upgrade that would not start is told; ledger, objectives and runs do not hear of it."""
    world = with_boot(drilled_world(tmp_path, FakeClock(), saved), boot_with(town))
    world.engine.verify("latest", progress=progress)
    newer = program(
        town,
        "newer-services",
        "echo '[now] atheme 9.0 is starting up...'; echo '[now] db-h-mu: line 3: what is this'; exit 1",
    )
    made = world.engine.drill(program=newer, progress=progress)
    assert made.verdict == "damaged"
    assert "what is this" in made.detail
    proof = world.engine.ledger.latest(made.snapshot)
    assert proof is not None
    assert proof.verdict == "proven"
    assert world.engine.objectives()[0].recovered is None
    assert world.engine.runs.last("drill", "services") is None
    assert world.engine.drills() == (made,)
    with pytest.raises(ControlFailed, match="cannot be run"):
        world.engine.drill(program=town.folder, progress=progress)


def test_another_program_may_be_named_from_where_one_stands(
    town: Lab, tmp_path: Path, saved: bytes, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--with ./atheme-services`: it starts in a folder of its own, and is found all the same."""
    newer = program(town, "newest-services", f'exec {find_program("atheme-services")} "$@"')
    monkeypatch.chdir(newer.parent)
    assert drill(tmp_path, saved, boot_with(town), progress, program=Path(newer.name)).good


def test_a_channel_that_services_say_nothing_of_is_not_said_to_be_known(
    town: Lab, saved: bytes, tmp_path: Path, progress: Progress
) -> None:
    """A channel that was closed is nobody's business: that is neither known nor unknown."""
    channel = _first_channel(saved).decode()
    closed = before(saved, b"KID", *(f"MDC {channel} private:close:{key} x".encode() for key in ("closer", "reason")))
    name = _first_account(saved)
    life = boot_with(town).boot(
        closed, (("NickServ", "INFO", name), ("ChanServ", "INFO", channel)), work=tmp_path, progress=progress
    )
    assert (life.asked, life.unknown, life.unanswered, life.mute) == (2, 0, 1, "")


def test_the_living_are_not_touched(town: Lab, tmp_path: Path, saved: bytes, progress: Progress) -> None:
    marks = [(path.stat().st_size, path.stat().st_mtime_ns) for path in (town.folder / "commands.log", town.database)]
    assert drill(tmp_path, saved, boot_with(town), progress).good
    assert [
        (path.stat().st_size, path.stat().st_mtime_ns) for path in (town.folder / "commands.log", town.database)
    ] == marks


_KILLED = """
import sys
sys.path[:0] = sys.argv[4:]
from pathlib import Path
from core.control.boot import AthemeBoot
from core.control.rehearsal_settings import RehearsalSettings
class Quiet:
    def step(self, text): pass
settings = RehearsalSettings(config=Path(sys.argv[1]), binary=Path(sys.argv[2]))
AthemeBoot(settings).boot(b"GRVER 1 \\n", (), work=Path(sys.argv[3]), progress=Quiet())
"""


def test_it_does_not_outlive_us_and_the_next_start_clears_up(town: Lab, tmp_path: Path, scratch: Path) -> None:
    """A bot that is killed leaves no second services program behind, and no database for longer than it must."""
    pidfile = town.folder / "killed.pid"
    pidfile.touch(mode=0o666)
    pidfile.chmod(0o666)
    hung = program(town, "hung-at-kill", f"echo $$ > {pidfile}", "exec sleep 60")
    words = [sys.executable, "-c", _KILLED, str(town.config), str(hung), str(tmp_path), *sys.path]
    parent = subprocess.Popen(words)
    deadline = time.monotonic() + 10
    while not pidfile.read_text().endswith("\n") and time.monotonic() < deadline:
        time.sleep(0.02)
    boot = boot_with(town)
    for left in (*scratch.glob("backupserv-*"), *tmp_path.glob("backupserv-*")):
        os.utime(left, (time.time() - 2, time.time() - 2))  # a bot that was killed is back within seconds
    assert boot.sweep() == 0, "one that lives holds its folder"
    parent.kill()
    parent.wait()
    _must_end(int(pidfile.read_text()))
    assert boot.sweep() == (1 if os.geteuid() == 0 else 0), "where we are the program's user it lies in our own state"
    assert list(scratch.glob("backupserv-*")) == []


def test_whoever_dies_before_it_has_begun_leaves_nothing_behind(town: Lab, tmp_path: Path) -> None:
    """Its end can be told only to a program that listens by then; before that it is seen who the parent is."""
    services = program(town, "orphaned-services", f"touch {tmp_path}/lived")
    settings = RehearsalSettings(config=town.config, binary=services)
    words = isolated_words(settings, tmp_path, program_user(settings))
    other = ["/bin/sh", "-c", '"$@"; exit $?', "sh"]
    ended = subprocess.run([*other, *words], capture_output=True, text=True, check=False, cwd="/")
    assert (ended.returncode, ended.stderr.strip()) == (1, "whoever started this is gone")
    assert words[:4] == ["setpriv", "--pdeathsig", "KILL", "unshare"]


def test_where_there_is_no_room_nothing_is_called_lost(
    town: Lab, tmp_path: Path, saved: bytes, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk services save half of it without a word."""
    monkeypatch.setattr(boot_module, "free_space", lambda _: 1000)
    made = drill(tmp_path, saved, boot_with(town), progress)
    assert (made.verdict, "are free" in made.detail) == ("unchecked", True)


def test_a_program_that_lays_links_reaches_no_file_of_ours(
    town: Lab, tmp_path: Path, saved: bytes, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is its user's, and we may be root: what we write there goes nowhere else, nor do we read elsewhere."""
    ours = tmp_path / "ours"
    ours.write_text("db-h-secret: of nobody else")

    def laid(folder: Path) -> int:
        """Whoever may write into the folder by now."""
        (folder / "said").symlink_to(ours)
        return 1 << 40

    with monkeypatch.context() as patch:
        patch.setattr(boot_module, "free_space", laid)
        with pytest.raises(ControlFailed, match="said"):
            boot_with(town).boot(saved, (), work=tmp_path, progress=progress)
    assert ours.read_text() == "db-h-secret: of nobody else"
    linking = program(
        town, "linking-services", "echo '[now] atheme 9.0 is starting up...'", f"ln -s {ours} everything.log; exit 1"
    )
    with pytest.raises(RehearsalFailed) as told:
        boot_with(town, binary=linking).boot(saved, (), work=tmp_path, progress=progress)
    assert "secret" not in str(told.value)


def test_a_folder_is_given_away_last(town: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever could lay a link into it before we are done would be given any file of ours."""
    given: list[str] = []
    monkeypatch.setattr(os, "chown", lambda path, *_: given.append(Path(path).name))
    me = pwd.getpwuid(os.geteuid())
    with scratch_folder(b"", town.config, me) as folder:
        assert sorted(given[:-1]) == ["atheme.conf", "services.db"]
        assert given[-1] == folder.name


_BOOT = """
import sys
sys.path[:0] = sys.argv[4:]
from pathlib import Path
from core.control.boot import AthemeBoot
from core.control.rehearsal_settings import RehearsalSettings
class Quiet:
    def step(self, text): pass
content, name = Path(sys.argv[2]).read_bytes(), sys.argv[3]
boot = AthemeBoot(RehearsalSettings(config=Path(sys.argv[1])))
life = boot.boot(content, (("NickServ", "INFO", name),), work=Path(sys.argv[2]).parent, progress=Quiet())
print(life.program, life.asked, life.unknown, life.lost)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_it_works_without_root(town: Lab, saved: bytes) -> None:
    """An ordinary user's namespaces are enough, also to be asked; it works in a folder of that user's own."""
    words = ordinary("core.control.boot")
    copy = town.folder / "drilled.db"
    copy.write_bytes(saved)
    ended = subprocess.run(
        [*words, _BOOT, str(town.config), str(copy), _first_account(saved), *sys.path],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    assert ended.stdout.strip() == "atheme-services 7.2.12 1 0 {}", ended.stderr
    assert list(town.folder.glob("backupserv-rehearsal-*")) == []
