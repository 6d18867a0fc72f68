"""SFTP between machines that die and networks that break: no half is listed, and what was sent is not sent again."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest

from core.domain.errors import StorageUnavailable
from core.storage.sftp import SftpStorage
from core.storage.sftp_claim import _place
from core.storage.sftp_upload import Names
from tests.contracts.storage_contract import keys, read
from tests.faults.tcpfault import Fault, FaultyLink
from tests.lab.ssh import SshServer
from tests.machine import until

pytestmark = pytest.mark.fault

MB = 1 << 20
KINDS: tuple[Literal["reset"], Literal["cut"]] = ("reset", "cut")
WHOLE = random.Random(7).randbytes(4 * MB)  # noqa: S311 — the same bytes in another process

# What another process of ours does: it sends three quarters, and then waits for more.
SEND = """\
import random, sys, time
from core.storage.sftp import SftpStorage
from core.storage.sftp_settings import SftpSettings
whole = random.Random(7).randbytes(4 << 20)
def slowly():
    yield whole[: 3 << 20]
    time.sleep(60)
SftpStorage("elsewhere", SftpSettings.model_validate_json(sys.argv[1], strict=False)).put("a/one", slowly())
"""


# One of several that want the same key: it waits for the others, and says what came of it.
RACE = """\
import sys
from core.domain.errors import BackupServError
from core.storage.sftp import SftpStorage
from core.storage.sftp_settings import SftpSettings
storage = SftpStorage("elsewhere", SftpSettings.model_validate_json(sys.argv[1], strict=False))
assert list(storage.list()) == []
print("ready", flush=True)
sys.stdin.readline()
try:
    storage.put("a/one", [sys.argv[2].encode() * (1 << 20)] * 3)
except BackupServError as error:
    print(type(error).__name__)
else:
    print("stored")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "repository"


@pytest.fixture
def link(sshd: SshServer) -> Iterator[FaultyLink]:
    with FaultyLink(("127.0.0.1", sshd.port)) as link:
        sshd.know(link.port)
        yield link


@pytest.fixture
def storage(sshd: SshServer, root: Path, link: FaultyLink) -> Iterator[SftpStorage]:
    """Through the link, and with little patience."""
    with sshd.storage(root, port=link.port, timeout_seconds=3) as storage:
        yield storage


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Processes that hang: they hold their connections and say nothing."""
    hanging = [pid for pid in pids if _told(pid, signal.SIGSTOP)]
    assert hanging
    try:
        yield
    finally:
        for pid in hanging:
            _told(pid, signal.SIGCONT)


def _told(pid: int, number: signal.Signals) -> bool:
    """Whether it was there: one that hung before has gone on, and ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


def test_a_killed_upload_goes_on_where_it_was(
    sshd: SshServer, storage: SftpStorage, root: Path, link: FaultyLink
) -> None:
    """Its claim is known to be dead at once, and only the last quarter is sent: the link lets no more through."""
    settings = sshd.settings(root).model_dump_json()
    process = subprocess.Popen([sys.executable, "-c", SEND, settings])
    partial = Path(Names(final=str(root / "a/one")).partial)
    try:
        until(lambda: partial.exists() and partial.stat().st_size == 3 * MB, "three quarters are there")
        with pytest.raises(StorageUnavailable, match="being written by another run"):
            storage.put("a/one", [WHOLE])
    finally:
        process.kill()
        process.wait(timeout=10)
    assert keys(storage) == []
    link.fault = Fault(kind="reset", after=MB + MB // 4)
    storage.put("a/one", [WHOLE])
    assert link.struck == 0
    link.strikes_no_more()
    assert read(storage, "a/one") == WHOLE
    assert [path.name for path in (root / "a").iterdir()] == ["one"]


@pytest.mark.parametrize("dead", [False, True], ids=["free", "left by a dead writer"])
def test_of_several_writers_one_stores_and_none_mix(sshd: SshServer, root: Path, *, dead: bool) -> None:
    """All of one process, or all of another; who is too late is told so, also where a dead one left its claim."""
    settings, names = sshd.settings(root).model_dump_json(), Names(final=str(root / "a/one"))
    pipe = subprocess.PIPE
    words = [sys.executable, "-c", RACE, settings]
    racers = [subprocess.Popen([*words, letter], stdin=pipe, stdout=pipe, text=True) for letter in "abc"]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        if dead:
            (root / "a").mkdir(parents=True)
            gone = subprocess.Popen(["/bin/true"])
            gone.wait()
            Path(names.claim).write_text(f"{_place()} {gone.pid} 1 ab")
            Path(names.partial).write_bytes(b"a" * 2 * MB)
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("\n")
            racer.stdin.flush()
        said = [racer.communicate(timeout=45)[0].strip() for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    assert said.count("stored") == 1, said
    assert set(said) <= {"stored", "ObjectExists", "StorageUnavailable"}
    stored = (root / "a/one").read_bytes()
    assert len(stored) == 3 * MB
    # Counted: megabytes that differ take a test runner minutes to show.
    assert {chr(letter): stored.count(letter) for letter in set(stored)} == {"abc"[said.index("stored")]: 3 * MB}, said
    with sshd.storage(root) as storage:
        assert keys(storage) == ["a/one"]


@pytest.mark.parametrize("kind", ["reset", "cut", "stall"])
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_broken_link_leaves_nothing_visible_and_is_mended(
    storage: SftpStorage, root: Path, link: FaultyLink, kind: str, way: str
) -> None:
    """The storage says so, connects anew, and ends what it had begun; its own claim is no obstacle."""
    link.fault = Fault(kind=kind, after=2 * MB if way == "up" else 2500, way=way, times=1)  # type: ignore[arg-type]  # the words above
    with pytest.raises(StorageUnavailable, match=r"lost|did not begin"):
        storage.put("a/one", [WHOLE])
    assert link.struck == 1
    assert keys(storage) == []
    storage.put("a/one", [WHOLE])
    assert read(storage, "a/one") == WHOLE
    assert [path.name for path in (root / "a").iterdir()] == ["one"]


def test_a_write_once_server_ends_up_with_the_whole(
    sshd: SshServer, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half is listed, with its size as the only sign, until the next attempt ends it: nothing can be taken back."""
    monkeypatch.setattr("core.storage.sftp_write_once.QUIET", 0)
    with (
        FaultyLink(("127.0.0.1", sshd.filtered)) as narrow,
        sshd.storage(root, port=narrow.port, write_once=True, timeout_seconds=3) as storage,
    ):
        sshd.know(narrow.port)
        narrow.fault = Fault(kind="reset", after=2 * MB, times=1)
        with pytest.raises(StorageUnavailable, match="was lost"):
            storage.put("a/one", [WHOLE])
        (half,) = storage.list()
        assert half.size < len(WHOLE)
        narrow.fault = Fault(kind="reset", after=3 * MB + MB // 4)
        storage.put("a/one", [WHOLE])
        assert narrow.struck == 1
        narrow.strikes_no_more()
        assert read(storage, "a/one") == WHOLE


def test_wherever_it_is_cut_there_is_a_whole_or_nothing(storage: SftpStorage, link: FaultyLink) -> None:
    """Handshake, login, claim, content, rename: after each the next attempt ends well, or finds all there."""
    content = WHOLE[:200_000]
    for number, after in enumerate([0, 500, 2500, 3500, 4000, 4500, 5000, 100_000, 204_000, 204_500, 205_000, 205_500]):
        key = f"a/{number}"
        storage.close()
        link.fault = Fault(kind="reset", after=after, times=1)
        try:
            storage.put(key, [content])
        except StorageUnavailable:
            link.strikes_no_more()
            if key not in keys(storage):
                storage.put(key, [content])
        link.strikes_no_more()
        assert read(storage, key) == content, after
    assert link.struck > 6


def test_a_download_that_breaks_is_never_a_short_one(storage: SftpStorage, link: FaultyLink) -> None:
    """The reader is told, and reads again."""
    storage.put("one", [WHOLE])
    for kind in KINDS:
        with storage.open("one") as file:
            link.fault = Fault(kind=kind, after=MB, way="down")
            with pytest.raises(StorageUnavailable, match="was lost"):
                file.read()
        link.strikes_no_more()
    assert read(storage, "one") == WHOLE


def test_a_connection_that_died_while_nobody_used_it_does_not_matter(storage: SftpStorage, link: FaultyLink) -> None:
    """A restarted server, a router that forgot us."""
    storage.put("one", [b"x"])
    link.reset_all()
    assert keys(storage) == ["one"]
    link.refuse()
    with pytest.raises(StorageUnavailable, match="nobody listens"):
        keys(storage)
    link.listen()
    assert read(storage, "one") == b"x"


def test_a_session_that_is_killed_on_the_server_is_told(sshd: SshServer, storage: SftpStorage, root: Path) -> None:
    """In the middle of an upload; the next attempt ends it."""

    def killing() -> Iterator[bytes]:
        yield WHOLE[: 2 * MB]
        for pid in sshd.sessions():
            os.kill(pid, signal.SIGKILL)
        yield WHOLE[2 * MB :]

    with pytest.raises(StorageUnavailable, match="was lost"):
        storage.put("a/one", killing())
    assert keys(storage) == []
    storage.put("a/one", [WHOLE])
    assert (root / "a/one").read_bytes() == WHOLE


def test_a_server_that_hangs_is_noticed(sshd: SshServer, root: Path) -> None:
    """In the middle of an upload that fills every buffer, while idle, and before it has said a word."""
    with sshd.storage(root, timeout_seconds=2) as storage:
        storage.put("one", [b"x"])
        hanging = sshd.sessions()

        def hangs() -> Iterator[bytes]:
            for pid in hanging:
                os.kill(pid, signal.SIGSTOP)
            yield from [WHOLE] * 8

        try:
            with pytest.raises(StorageUnavailable, match="was lost"):
                storage.put("large", hangs())
            assert keys(storage) == ["one"]
        finally:
            for pid in hanging:
                _told(pid, signal.SIGCONT)
        with stopped(*sshd.sessions()):
            assert keys(storage) == ["one"]
        storage.close()
        with (
            stopped(int((sshd.folder / "sshd.pid").read_text())),
            pytest.raises(StorageUnavailable, match="did not begin SFTP"),
        ):
            keys(storage)
