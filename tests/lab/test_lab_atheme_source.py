"""Capturing the database of the real Atheme: asked by JSON-RPC, stopped, shut out, and on a full disk."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.control.jsonrpc import JsonRpcServices, JsonRpcSettings
from core.control.silent import SilentServices
from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.errors import SaveNotSeen, SourceDamaged
from core.domain.snapshot import Snapshot
from core.operations.backup import back_up
from core.operations.canary import KEY
from core.ports import Services
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.secrets import Secret
from core.sources.atheme import AthemeSettings, AthemeSource
from core.storage.local import LocalSettings, LocalStorage
from tests.fakes import RecordingProgress
from tests.lab.network import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


def source(lab: Lab, database: Path, services: Services) -> AthemeSource:
    settings = AthemeSettings(kind="atheme", database=database, config=lab.config, save_timeout_seconds=2)
    return AthemeSource(name="services", settings=settings, services=services, clock=SystemClock())


@pytest.fixture
def rpc(town: Lab, tmp_path: Path) -> JsonRpcServices:
    secret = tmp_path / "password"
    secret.write_text("BackupServ-password")
    secret.chmod(0o600)
    settings = JsonRpcSettings(kind="jsonrpc", url=town.rpc, account="BackupServ", password=Secret(file=str(secret)))
    return JsonRpcServices(settings)


def test_a_capture_is_the_save_that_was_asked_for(town: Lab, rpc: JsonRpcServices, progress: RecordingProgress) -> None:
    """A new file, whole, with the whole town in it and nothing to find fault with."""
    before = town.database.stat().st_ino if town.database.exists() else 0
    capture = source(town, town.database, rpc).capture(progress)
    assert town.database.stat().st_ino != before
    assert capture.content == town.database.read_bytes()
    assert capture.saved_at.timestamp() == pytest.approx(town.database.stat().st_mtime)
    expected = {"accounts": 4, "nicks": 5, "certfps": 1, "memos": 1, "groups": 1, "channels": 2, "access": 4}
    assert {name: capture.counts[name] for name in expected} == expected
    assert capture.findings == ()


def test_the_canary_of_a_real_account_is_in_the_next_save(
    town: Lab, rpc: JsonRpcServices, progress: RecordingProgress
) -> None:
    """NickServ keeps it as metadata of the account; the one before it is gone."""
    for value in ("11aa22bb33cc44dd", "55ee66ff77aa88bb"):
        rpc.set_property(KEY, value)
    content = source(town, town.database, rpc).capture(progress).content
    assert f"\nMDU BackupServ {KEY} 55ee66ff77aa88bb\n".encode() in content
    assert b"11aa22bb33cc44dd" not in content


def test_what_services_write_when_they_are_stopped_is_a_capture_too(town: Lab, progress: RecordingProgress) -> None:
    """SIGTERM saves: the newest file is whole, and newer than the last that was asked for."""
    before = town.database.stat().st_ino
    town.stop_services()
    try:
        assert town.database.stat().st_ino != before
        assert source(town, town.database, SilentServices()).capture(progress).counts["accounts"] == 4
    finally:
        town.start_services()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to own what services may not write")
def test_services_that_may_not_write_are_told(town: Lab, rpc: JsonRpcServices, progress: RecordingProgress) -> None:
    """Atheme says "UPDATE completed" and has saved nothing: only the file tells the truth."""
    owner = town.data.stat()
    os.chown(town.data, 0, 0)
    try:
        with pytest.raises(SaveNotSeen, match="did not change within 2 s; its last save is"):
            source(town, town.database, rpc).capture(progress)
    finally:
        os.chown(town.data, owner.st_uid, owner.st_gid)
    assert source(town, town.database, rpc).capture(progress).counts["accounts"] == 4


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0777", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", str(folder)], check=True)


@contextmanager
def services_on(town: Lab, folder: Path) -> Iterator[Path]:
    """The town's services, living in another folder for a while."""
    town.stop_services()
    database = folder / "services.db"
    shutil.copyfile(town.database, database)
    database.chmod(0o666)
    words = town.start_words
    words[words.index("-D") + 1] = str(folder)
    subprocess.run(words, check=True, capture_output=True, timeout=20)
    try:
        yield database
    finally:
        town.stop_services()
        town.start_services()


@pytest.mark.fault
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_a_full_disk_never_becomes_a_backup(town: Lab, rpc: JsonRpcServices, progress: RecordingProgress) -> None:
    """Atheme checks no write and renames a cut-off file over the good one: it is refused until there is room again."""
    with small_disk(town.folder / "small") as folder, services_on(town, folder) as database:
        subject = source(town, database, rpc)
        whole = subject.capture(progress).content
        fill = folder / "fill"
        free = os.statvfs(folder)
        fill.write_bytes(b"\0" * (free.f_bavail * free.f_frsize))
        with pytest.raises((SourceDamaged, SaveNotSeen)):
            subject.capture(progress)
        assert database.stat().st_size < len(whole)
        with pytest.raises(SourceDamaged):
            source(town, database, SilentServices()).capture(progress)
        fill.unlink()
        assert subject.capture(progress).counts["accounts"] == 4


def test_services_that_begin_anew_on_a_missing_mount_are_held(
    town: Lab, tmp_path: Path, progress: RecordingProgress
) -> None:
    """Atheme finds no database, starts with nobody registered and saves that: a good file, and never the latest."""
    identity, recipient = generate_identity()
    write_identity(tmp_path / "host.key", identity)
    storage = LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository"))
    sealer = AgeSealer(recipients=[recipient], identity_file=tmp_path / "host.key")
    clock, ledger = SystemClock(), Ledger(tmp_path / "ledger.jsonl")
    repository = Repository(storage=storage, sealer=sealer, clock=clock, network="N", host="h")

    def save(database: Path) -> Snapshot:
        subject = source(town, database, SilentServices())
        return back_up(subject, repository, ledger, reason="", clock=clock, progress=progress).snapshot

    good = save(town.database)
    empty = town.folder / "mount"
    empty.mkdir()
    empty.chmod(0o777)
    town.stop_services()
    words = town.start_words
    words[words.index("-D") + 1] = str(empty)
    subprocess.run(words, check=True, capture_output=True, timeout=20)
    town.stop_services()
    town.start_services()
    held = save(empty / "services.db")
    assert (held.counts["accounts"], held.held[:18]) == (0, "it has 0 accounts,")
    assert repository.find("latest") == good
    assert save(town.database).held == ""
