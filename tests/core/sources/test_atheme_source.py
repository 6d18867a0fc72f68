"""Capturing Atheme's database: the save that is asked for, the file that is read, and what is never a backup."""

import dataclasses
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.clock import SystemClock
from core.control.silent import SilentServices
from core.domain.errors import ControlFailed, SaveNotSeen, SourceDamaged, SourceUnreadable
from core.domain.finding import Severity
from core.ports import Clock, Services
from core.registrations.wish import Network
from core.sources.atheme import AthemeSettings, AthemeSource
from tests.fakes import FakeClock, RecordingProgress

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
BEFORE = (VECTORS / "before.db").read_bytes()
AFTER = (VECTORS / "after.db").read_bytes()


@dataclass
class SavingServices:
    """Services that do something when they are asked for a save."""

    save: Callable[[], None]
    can_save: bool = True
    asked: int = 0

    def request_save(self) -> None:
        self.asked += 1
        self.save()

    def answers(self) -> bool | None:
        return True


def replace(path: Path, content: bytes) -> None:
    """As Atheme saves: a new file, renamed over the old one."""
    path.with_name(path.name + ".new").write_bytes(content)
    path.with_name(path.name + ".new").replace(path)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "services.db"
    path.write_bytes(BEFORE)
    return path


def source(database: Path, services: Services, clock: Clock | None = None, **changes: object) -> AthemeSource:
    settings = AthemeSettings.model_validate({"kind": "atheme", "database": database} | changes)
    return AthemeSource(name="services", settings=settings, services=services, clock=clock or SystemClock())


def test_a_save_that_comes_before_the_answer_is_taken(database: Path, progress: RecordingProgress) -> None:
    """Atheme 7.2 writes first: the new file is there when the request returns."""
    services = SavingServices(save=lambda: replace(database, AFTER))
    capture = source(database, services, FakeClock()).capture(progress)
    assert capture.content == AFTER
    assert services.asked == 1
    assert progress.steps[0] == "asking services to save"


def test_who_is_not_to_be_asked_is_not_asked(database: Path, progress: RecordingProgress) -> None:
    """A save that is captured must not cause the next one."""
    services = SavingServices(save=lambda: replace(database, AFTER))
    assert source(database, services, FakeClock()).capture(progress, ask=False).content == BEFORE
    assert not services.asked


def test_a_save_that_comes_after_the_answer_is_awaited(database: Path, progress: RecordingProgress) -> None:
    """Later versions fork, and answer first."""
    timer = threading.Timer(0.3, replace, (database, AFTER))
    capture = source(database, SavingServices(save=timer.start)).capture(progress)
    assert capture.content == AFTER


def test_a_first_save_is_awaited_too(tmp_path: Path, progress: RecordingProgress) -> None:
    """On a new network there is no file until the first save."""
    database = tmp_path / "services.db"
    services = SavingServices(save=lambda: replace(database, BEFORE))
    assert source(database, services, FakeClock()).capture(progress).content == BEFORE


def test_an_unchanged_database_is_a_new_file_all_the_same(database: Path, progress: RecordingProgress) -> None:
    """Every save is a new inode, also when nothing changed: waiting for other bytes would wait for ever."""
    services = SavingServices(save=lambda: replace(database, BEFORE))
    assert source(database, services, FakeClock()).capture(progress).content == BEFORE


def test_a_save_that_never_comes_is_told(database: Path, progress: RecordingProgress) -> None:
    """Path, time waited, age of the last save, and what to look for: never an old file sold as new."""
    os.utime(database, (time.time(), datetime(2026, 11, 23, 6, 30, tzinfo=UTC).timestamp()))
    services = SavingServices(save=lambda: None)
    subject = source(database, services, FakeClock(), save_timeout_seconds=7)
    with pytest.raises(SaveNotSeen) as caught:
        subject.capture(progress)
    assert f"{database} did not change within 7 s; its last save is 3h old" in caught.value.message
    assert "full disk" in caught.value.hint
    assert services.asked == 1


def test_a_refused_request_is_passed_on(database: Path, progress: RecordingProgress) -> None:
    """Who refused says why."""

    def refuse() -> None:
        raise ControlFailed("services refused: no privilege")

    with pytest.raises(ControlFailed, match="no privilege"):
        source(database, SavingServices(save=refuse), FakeClock()).capture(progress)


def test_where_nobody_can_be_asked_the_newest_file_is_taken(database: Path, progress: RecordingProgress) -> None:
    """Services save by themselves: the time of that save is the capture's time."""
    os.utime(database, (1_700_000_000, 1_700_000_000))
    clock = FakeClock()
    capture = source(database, SilentServices(), clock).capture(progress)
    assert capture.saved_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert clock.elapsed == 0
    assert capture.extension == "db"
    assert (capture.counts["accounts"], capture.counts["channels"]) == (7, 6)
    assert all(finding.severity is Severity.WARNING for finding in capture.findings)


def test_a_capture_is_never_a_mix_of_two_saves(database: Path, progress: RecordingProgress) -> None:
    """While services save without pause, every capture is one whole save."""
    stop = threading.Event()

    def save_on() -> None:
        while not stop.is_set():
            replace(database, AFTER)
            replace(database, BEFORE)

    saver = threading.Thread(target=save_on)
    saver.start()
    try:
        captured = {source(database, SilentServices()).capture(progress).content for _ in range(60)}
    finally:
        stop.set()
        saver.join()
    assert captured <= {BEFORE, AFTER}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"SQLite format 3\0" + b"\0" * 84, "not a database"),
        (BEFORE[: len(BEFORE) // 2], "fault"),
        (BEFORE.rsplit(b"QID", 1)[0], "fault"),
        (BEFORE[:-1] + b"\n" + b"\0" * 4096, "fault"),
        (b"\x00\x01\x02" * 1000, "fault"),
        (BEFORE.replace(b"\n", b"\r\n"), "fault"),
    ],
    ids=["empty", "sqlite", "half", "no-tail", "nul-tail", "binary", "crlf"],
)
def test_damage_never_becomes_a_backup(database: Path, progress: RecordingProgress, content: bytes, told: str) -> None:
    """Whatever a crash, a full disk or a wrong tool left: refused, with the path, without a single hash."""
    database.write_bytes(content)
    with pytest.raises(SourceDamaged, match=told) as caught:
        source(database, SilentServices()).capture(progress)
    assert str(database) in caught.value.message
    assert "$z$" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_missing_file_is_unreadable_and_not_damaged(tmp_path: Path, progress: RecordingProgress) -> None:
    """Not being there says nothing about the data."""
    with pytest.raises(SourceUnreadable, match=r"services\.db does not exist"):
        source(tmp_path / "services.db", SilentServices()).capture(progress)


def replace_if_open(path: Path) -> None:
    """A save by somebody else: the file stays closed to us."""
    if os.access(path.parent, os.W_OK):
        replace(path, AFTER)
        path.chmod(0)


@pytest.fixture
def closed(database: Path) -> Iterator[Path]:
    """The database, closed to us; as root we become somebody else for the test."""
    if os.geteuid() != 0:
        database.chmod(0)
        yield database
        return
    os.seteuid(65534)
    try:
        yield database
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("asked", [False, True])
def test_an_unreadable_file_is_told_with_path_and_uid(
    closed: Path, progress: RecordingProgress, *, asked: bool
) -> None:
    """The next step is to give that user the right to read."""
    # An old file is opened as it is; a new one is looked for first.
    services: Services = SavingServices(save=lambda: replace_if_open(closed)) if asked else SilentServices()
    with pytest.raises(SourceUnreadable, match=rf"services\.db cannot be read by uid {os.geteuid()}") as caught:
        source(closed, services, FakeClock()).capture(progress)
    assert "group" in caught.value.hint


def test_a_file_beyond_the_limit_is_not_read(database: Path, progress: RecordingProgress) -> None:
    """A wrong path (a disk image, a log) does not fill the memory."""
    with pytest.raises(SourceUnreadable, match="larger than 1000 bytes"):
        source(database, SilentServices(), limit_bytes=1000).capture(progress)


def test_a_longer_left_over_file_is_a_warning(database: Path, progress: RecordingProgress) -> None:
    """Atheme would write into it without cutting it, and rename it over the database, its old tail included."""
    leftover = database.with_name("services.db.new")
    leftover.write_bytes(BEFORE + b"old tail\n")
    codes = [finding.code for finding in source(database, SilentServices()).capture(progress).findings]
    assert "leftover-new" in codes
    leftover.write_bytes(BEFORE[:100])
    codes = [finding.code for finding in source(database, SilentServices()).capture(progress).findings]
    assert "leftover-new" not in codes


def test_names_compare_as_the_configuration_says(database: Path, tmp_path: Path) -> None:
    """`auto` reads atheme.conf; without one Atheme's default holds; a given one wins."""
    config = tmp_path / "atheme.conf"
    config.write_text("serverinfo { casemapping = ascii; };")
    assert source(database, SilentServices()).casemapping == "rfc1459"
    assert source(database, SilentServices(), config=config).casemapping == "ascii"
    assert source(database, SilentServices(), config=config, casemapping="rfc1459").casemapping == "rfc1459"


def test_the_network_is_what_the_configuration_says(database: Path, tmp_path: Path) -> None:
    """Expiry and operators come from it even where the casemapping is said outright; without one, nothing is known."""
    config = tmp_path / "atheme.conf"
    config.write_text('serverinfo { casemapping = ascii; }; nickserv { expire = 30; }; operator "root1" { };')
    known = Network(casemapping="ascii", nick_days=30, operators=("root1",))
    assert source(database, SilentServices(), config=config).network == known
    said = source(database, SilentServices(), config=config, casemapping="rfc1459").network
    assert said == dataclasses.replace(known, casemapping="rfc1459")
    assert source(database, SilentServices(), casemapping="ascii").network == Network(casemapping="ascii")


@given(st.one_of(st.binary(), st.sampled_from([b"", BEFORE, AFTER, BEFORE[:999]])))
def test_inspect_takes_any_bytes(content: bytes) -> None:
    """Whatever lies in a repository is described, and never an error of ours."""
    found, findings = source(Path("/nowhere"), SilentServices()).inspect(content)
    assert found["rows"] >= 0
    assert content not in {BEFORE, AFTER} or all(item.severity is Severity.WARNING for item in findings)


@pytest.mark.parametrize(
    "change",
    [{"databse": "/x"}, {"casemapping": "RFC"}, {"save_timeout_seconds": 0}, {"limit_bytes": "2G"}, {"kind": "anope"}],
)
def test_settings_that_mean_nothing_are_refused(change: dict[str, object]) -> None:
    """A typing error is a mistake that is told, not a default."""
    with pytest.raises(ValidationError):
        AthemeSettings.model_validate({"kind": "atheme", "database": "/var/lib/atheme/services.db"} | change)
