"""A code serves once ever, its neighbours in time too, and no other."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from bot.one_time_codes import OneTimeCodes
from bot.totp import enrolment, new_secret, step_of
from core.domain.errors import BackupServError, ConfigInvalid
from core.secrets import Secret
from tests.fakes import FakeClock

# RFC 6238, appendix B, SHA-1: its eight digits cut to our six.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    assert step_of(RFC_SECRET, code, datetime.fromtimestamp(at, UTC)) == at // 30


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def secret() -> str:
    return new_secret()


@pytest.fixture
def codes(tmp_path: Path, clock: FakeClock, secret: str) -> OneTimeCodes:
    return _codes(tmp_path, clock, secret)


def _codes(folder: Path, clock: FakeClock, secret: str) -> OneTimeCodes:
    path = folder / "alice.secret"
    path.write_text(f"{secret}\n")
    path.chmod(0o600)
    return OneTimeCodes({"alice": Secret(file=str(path))}, state_dir=folder, now=clock.now)


def _code(secret: str, clock: FakeClock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.time.timestamp() + 30 * steps)


def test_a_code_serves_once_also_after_a_restart(
    tmp_path: Path, codes: OneTimeCodes, clock: FakeClock, secret: str
) -> None:
    code = _code(secret, clock)
    assert codes.take("alice", code)
    assert not codes.take("alice", code)
    assert not _codes(tmp_path, clock, secret).take("alice", code)


def test_an_older_code_than_one_that_served_does_not_serve(codes: OneTimeCodes, clock: FakeClock, secret: str) -> None:
    assert codes.take("alice", _code(secret, clock, 1))
    assert not codes.take("alice", _code(secret, clock, 0))
    assert not codes.take("alice", _code(secret, clock, -1))


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(
    codes: OneTimeCodes, clock: FakeClock, secret: str, steps: int, *, right: bool
) -> None:
    assert codes.take("alice", _code(secret, clock, steps)) is right


@pytest.mark.parametrize("wrong", ["", "abcdef", "12345", "٠١٢٣٤٥", "1234567"])
def test_what_is_no_code_is_none(codes: OneTimeCodes, wrong: str) -> None:
    assert not codes.take("alice", wrong)
    assert not codes.take("mallory", wrong)


def test_a_code_that_was_said_aloud_is_burnt(codes: OneTimeCodes, clock: FakeClock, secret: str) -> None:
    codes.burn(_code(secret, clock))
    assert not codes.take("alice", _code(secret, clock))


def test_of_many_at_once_one_is_taken(codes: OneTimeCodes, clock: FakeClock, secret: str) -> None:
    code, taken = _code(secret, clock), list[bool]()
    threads = [threading.Thread(target=lambda: taken.append(codes.take("alice", code))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 1


@pytest.mark.parametrize("content", ["", "[]", "{", '{"alice": "x"}', "null"])
def test_where_it_is_not_known_what_has_served_nothing_serves(
    tmp_path: Path, codes: OneTimeCodes, clock: FakeClock, secret: str, content: str
) -> None:
    (tmp_path / "one-time-codes.json").write_text(content)
    with pytest.raises(BackupServError, match="damaged"):
        codes.take("alice", _code(secret, clock))


def test_where_it_cannot_be_written_down_nothing_serves(tmp_path: Path, clock: FakeClock, secret: str) -> None:
    path = tmp_path / "alice.secret"
    path.write_text(secret)
    path.chmod(0o600)
    codes = OneTimeCodes({"alice": Secret(file=str(path))}, state_dir=tmp_path / "missing", now=clock.now)
    with pytest.raises(BackupServError):
        codes.take("alice", _code(secret, clock))


def test_what_is_kept_holds_no_secret_and_no_code(
    tmp_path: Path, codes: OneTimeCodes, clock: FakeClock, secret: str
) -> None:
    codes.take("alice", _code(secret, clock))
    kept = json.loads((tmp_path / "one-time-codes.json").read_text())
    assert kept == {"alice": int(clock.time.timestamp()) // 30}


def test_a_secret_that_is_none_is_told_without_it(tmp_path: Path, clock: FakeClock) -> None:
    codes = _codes(tmp_path, clock, "hunter2!")
    with pytest.raises(ConfigInvalid, match="not base32") as told:
        codes.take("alice", "123456")
    assert "hunter" not in str(told.value)


def test_an_enrolment_names_the_person_and_the_network() -> None:
    assert "BackupServ%20ExampleNet:alice" in enrolment(RFC_SECRET, person="alice", network="ExampleNet")
