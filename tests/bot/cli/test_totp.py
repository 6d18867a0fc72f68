"""Somebody is enrolled once, the secret is theirs alone, and `check` tells who may what."""

import io
import re
import stat
from pathlib import Path

import pyotp
import pytest

from bot.access_settings import AccessSettings
from bot.cli.main import main
from bot.cli.template import EXAMPLE, render
from bot.cli.who_may import who_may


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(re.sub(r'state_dir = ".*"', f'state_dir = "{tmp_path}/state"', render(EXAMPLE)))
    return path


def _run(config: Path, *words: str) -> int:
    return main(["totp", *words, "--config", str(config)])


def _enrolled(config: Path, capsys: pytest.CaptureFixture[str]) -> pyotp.TOTP:
    """Dave, with the lines that were printed, put where they belong."""
    assert _run(config, "dave") == 0
    said = capsys.readouterr().out
    line = re.search(r"^  totp = .*$", said, re.MULTILINE)
    uri = re.search(r"otpauth://\S+", said)
    assert line
    assert uri
    config.write_text(f'{config.read_text()}\n[access.people.dave]\nroles = ["view"]\n{line[0].strip()}\n')
    made = pyotp.parse_uri(uri[0])
    assert isinstance(made, pyotp.TOTP)
    assert (made.name, made.issuer) == ("dave", "BackupServ ExampleNet")
    return made


def test_what_was_enrolled_proves_itself_once(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = _enrolled(config, capsys).now()
    for expected in (0, 1):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n"))
        assert _run(config, "dave", "--prove") == expected
    monkeypatch.setattr("sys.stdin", io.StringIO("000000\n"))
    assert _run(config, "dave", "--prove") == 1


def test_a_secret_is_for_us_alone_and_never_replaced(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _enrolled(config, capsys)
    path = config.parent / "state" / "totp" / "dave.secret"
    secret = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert _run(config, "dave") == 3
    told = capsys.readouterr()
    assert "has a secret already" in told.err
    assert secret.strip() not in told.out + told.err
    assert path.read_text() == secret


def test_it_goes_where_the_configuration_says(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "elsewhere" / "erin"
    config.write_text(f'{config.read_text()}\n[access.people.erin]\nroles = ["view"]\ntotp = {{ file = "{place}" }}\n')
    assert _run(config, "erin") == 0
    assert place.exists()
    assert "In the configuration" not in capsys.readouterr().out


@pytest.mark.parametrize("words", [["../dave"], ["a b"], ["nobody", "--prove"]])
def test_what_makes_no_sense_is_told(config: Path, words: list[str]) -> None:
    assert _run(config, *words) == 2


def _told(**table: object) -> dict[str, tuple[str, str]]:
    return {one.what: (one.verdict, one.detail) for one in who_may(AccessSettings.model_validate(table))}


def test_check_tells_who_may_what_and_by_which_proof() -> None:
    people = {
        "alice": {"account": "al", "certfps": ["ab" * 32], "roles": ["restore", "view"]},
        "carol": {"totp": {"file": "/x"}, "opers": ["c"], "roles": ["admin"]},
    }
    told = _told(people=people, any_oper=["view"], operclasses={"netadmin": ["restore"]}, break_glass=["carol"])
    assert told["who may: alice"] == (
        "ok",
        "view, restore · as an IRC operator with account al or certificate abababab…",
    )
    assert told["who may: carol"][1] == (
        "everything · as an IRC operator with oper login c or one-time code · may break glass"
    )
    assert told["who may: any oper"] == ("ok", "view")
    assert told["who may: opers of class netadmin"] == ("ok", "restore")
    assert told["who may: a second oper"][0] == "look"
    assert "who may: with services down" not in told


def test_two_who_approve_are_enough_and_accounts_alone_are_not_for_a_bad_night() -> None:
    told = _told(accounts=["alice", "carol"])
    assert "who may: a second oper" not in told
    assert told["who may: with services down"][0] == "look"
