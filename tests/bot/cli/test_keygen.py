"""Keys are made once, for us alone, never replaced, and what is printed is public."""

import io
import json
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.config import load
from core.crypto.identities import read_identities, recipient_of
from core.crypto.signing import public_of
from tests.conftest import require


def test_an_identity_is_written_and_its_recipient_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file says both, and how it is used; the stock tool reads it as it is."""
    path = tmp_path / "paper.key"
    assert main(["keygen", "--output", str(path)]) == 0
    recipient = capsys.readouterr().out.strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert f"# recipient: {recipient}\n" in text
    assert "age -d -i" in text
    assert [recipient_of(found) for found in read_identities(path.read_bytes(), "paper")] == [recipient]
    require("age-keygen")
    command = ["/usr/bin/env", "age-keygen", "-y", str(path)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip() == recipient


@pytest.mark.parametrize("how", [[], ["--signing"]])
def test_a_key_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str], how: list[str]) -> None:
    path = tmp_path / "a.key"
    path.write_text("precious\n")
    assert main(["keygen", *how, "--output", str(path)]) == 3
    assert "exists" in capsys.readouterr().err
    assert path.read_text() == "precious\n"


def test_a_signing_key_is_written_and_its_public_key_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["keygen", "--signing", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"file": "signing.key", "public_key": public_of(tmp_path / "signing.key")}
    assert main(["keygen", "--signing", "--passphrase"]) == 2


def test_a_passphrase_seals_the_identity(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be piped in; an empty one is refused, and then nothing was written."""
    path = tmp_path / "sealed.key"
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["keygen", "--passphrase", "--output", str(path)]) == 2
    assert not path.exists()
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    capsys.readouterr()
    assert main(["keygen", "--passphrase", "--output", str(path)]) == 0
    recipient = capsys.readouterr().out.strip()
    (identity,) = read_identities(path.read_bytes(), "sealed", lambda: "correct horse")
    assert recipient_of(identity) == recipient
    assert "AGE-SECRET-KEY" not in path.read_text()


def test_init_makes_a_signing_key_and_the_recovery_key_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has only the paper can tell whose snapshots these are."""
    state, config = tmp_path / "state", tmp_path / "bot.toml"
    words = ["init", "--output", str(config), "--state", str(state), "--root", str(tmp_path)]
    assert main(words) == 0
    public = public_of(state / "signing.key")
    assert f"# signing key: {public}\n" in (state / "recovery.key").read_text()
    keys = load(config).keys
    assert keys.signing == state / "signing.key"
    assert keys.trusted == [public]
    assert f"# recipient: {keys.recipients[1]}\n" in (state / "recovery.key").read_text()
    assert tomllib.loads(config.read_text())["keys"]["trusted"] == [public]
    before = {path: path.read_bytes() for path in state.iterdir()}
    config.unlink()
    (state / "host.key").unlink()
    assert main(words) == 3
    assert "never replaced" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in state.iterdir()} == {
        path: content for path, content in before.items() if path.name != "host.key"
    }
