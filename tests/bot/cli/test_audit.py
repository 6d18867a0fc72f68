"""The audit trail on the command line: read, filtered, and proven, whatever else of the configuration is broken."""

import getpass
import json
import os
import pwd
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.cli.who import who
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.conftest import require

ME = pwd.getpwuid(os.getuid()).pw_name


class Bureau(Host):
    """A host whose verbs run in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder)
        self._capsys = capsys

    @property
    def trail(self) -> Path:
        return self.folder / "state" / "audit.jsonl"

    def verb(self, *words: str, code: int = 0) -> str:
        assert main(["--config", str(self.folder / "bot.toml"), "--quiet", *words]) == code
        told = self._capsys.readouterr()
        return told.out + told.err

    def told(self, *words: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.verb("audit", "--json", "-n", "0", *words))
        return found


@pytest.fixture
def bureau(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bureau:
    bureau = Bureau(tmp_path, capsys)
    bureau.verb("backup")
    bureau.verb("freeze", "somebody", "dropped", "half")
    bureau.verb("thaw")
    return bureau


def test_every_verb_that_changes_something_names_the_user_of_the_system(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's word, not that of the environment, which anybody can set."""
    monkeypatch.setenv("LOGNAME", "mallory")
    assert getpass.getuser() == "mallory"
    assert who().split()[0] == ME
    found = bureau.told()
    assert [line["event"] for line in found] == ["backup done", "freeze", "thaw asked", "thaw"]
    assert {line["user"] for line in found} == {who()}
    assert len({line["request"] for line in found}) == 3
    bureau.verb("pin", bureau.verb("snapshots").split()[0], "for", "later")
    assert bureau.told("--event", "pin")[0]["user"].split()[0] == ME


def test_lines_are_listed_newest_last_and_filtered(bureau: Bureau) -> None:
    lines = bureau.verb("audit").splitlines()
    assert re.fullmatch(rf" +1 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ backup done · .*user {re.escape(who())}.*", lines[0])
    assert len(lines) == 4
    assert bureau.verb("audit", "-n", "1") == lines[-1] + "\n"
    assert len(bureau.told("--event", "THAW")) == 2
    assert bureau.told("--event", "prune") == []
    assert len(bureau.told("--by", who())) == 4
    assert bureau.told("--by", "mallory") == []
    assert len(bureau.told("--since", "1h ago")) == 4
    assert bureau.told("--since", "now") == []
    assert "no time" in bureau.verb("audit", "--since", "whenever", code=2)


def test_a_trail_that_nobody_changed_is_good_and_another_is_named_by_its_line(bureau: Bureau) -> None:
    head = sha256(bureau.trail.read_bytes().splitlines(keepends=True)[-1]).hexdigest()
    assert bureau.verb("audit", "verify") == f"ok\n      audit head {head} after 4 lines\n"
    assert bureau.verb("audit", "verify", "--head", f"{head[:16]}…").startswith("ok")
    assert "16 or more of the hexadecimal" in bureau.verb("audit", "verify", "--head", "4f3a", code=2)
    good = bureau.trail.read_bytes()
    bureau.trail.write_bytes(good.replace(b"dropped half", b"changed half"))
    told = bureau.verb("audit", "verify", code=5)
    assert told.startswith("FAIL  audit.jsonl line 2: changed: ")
    assert "good until then: audit head" in told
    found = json.loads(bureau.verb("audit", "verify", "--json", code=5))
    assert (found["ok"], found["fault"]["line"], found["fault"]["wrong"]) == (False, 2, "changed")
    bureau.trail.write_bytes(b"".join(good.splitlines(keepends=True)[:-1]))
    assert bureau.verb("audit", "verify").startswith("ok")
    assert "cut off" in bureau.verb("audit", "verify", "--head", head, code=5)
    bureau.trail.unlink()
    bureau.trail.mkdir()
    assert "cannot be read" in bureau.verb("audit", "verify", code=6)


def test_it_is_read_though_the_rest_of_the_configuration_is_broken(bureau: Bureau) -> None:
    shutil.rmtree(bureau.folder / "repository")
    bureau.database.unlink()
    bureau.key.unlink()
    assert bureau.verb("audit", "verify").startswith("ok")


def test_the_document_checks_it_with_stock_tools(bureau: Bureau) -> None:
    """The script of docs/security.md says the same as `audit verify`, on a good trail and on a bad one."""
    require("jq")
    text = (Path(__file__).parents[3] / "docs" / "security.md").read_text()
    (script,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    check = ["sh", "-c", script, "sh"]

    def said() -> str:
        done = subprocess.run(check, cwd=bureau.trail.parent, capture_output=True, text=True, check=True, timeout=30)
        return done.stdout

    head = bureau.verb("audit", "verify").split()[3]
    assert said() == f"head {head} after 4 lines\n"
    bureau.trail.write_bytes(bureau.trail.read_bytes().replace(b"dropped half", b"changed half"))
    assert "line 3 does not follow line 2" in said()


def test_what_removes_begins_only_when_it_is_written_down_and_what_protects_is_done(bureau: Bureau) -> None:
    """Decision 0013, with an audit trail that nobody can write."""
    for name in ("after", "before"):
        shutil.copy(VECTORS / f"{name}.db", bureau.database)
        bureau.verb("backup", "--full")
    config = bureau.folder / "bot.toml"
    rules = "".join(f"{name} = 0\n" for name in ("hourly", "daily", "weekly", "monthly"))
    config.write_text(f'{config.read_text()}\n[retention]\nkeep_last = 1\nwithin = "0m"\n{rules}')
    bureau.trail.rename(bureau.trail.with_name("elsewhere"))
    bureau.trail.mkdir()
    before = bureau.files()
    assert "audit.jsonl cannot be written" in bureau.verb("prune", "--yes", code=6)
    assert bureau.files() == before
    told = bureau.verb("freeze", "it", "burns", code=6)
    assert "nothing is removed until thaw, but the audit trail lacks it" in told
    assert "audit.jsonl cannot be written" in bureau.verb("thaw", code=6)
    assert "frozen: it burns" in bureau.verb("status")


def test_a_restore_goes_on_without_its_audit_line_and_says_so(bureau: Bureau) -> None:
    """Its own record, which is written first, has who and what."""
    shutil.copy(VECTORS / "after.db", bureau.database)
    bureau.trail.unlink()
    bureau.trail.mkdir()
    told = bureau.verb("restore", "user", "alice", "--yes")
    assert "alice is back" in told
    assert 'note: the audit trail lacks "restore begun"' in told
    (record,) = (bureau.folder / "state" / "restores").glob("*/record.json")
    assert f"{ME} on the command line" in record.read_text()


def test_who_was_given_one_time_codes_is_written_down_and_the_secret_is_not(bureau: Bureau) -> None:
    """First the line: without it nobody gets another way in."""
    bureau.verb("totp", "dora")
    secret = (bureau.folder / "state" / "totp" / "dora.secret").read_text().strip()
    (line,) = bureau.told("--event", "enrolled")
    assert (line["person"], line["user"]) == ("dora", who())
    assert secret not in bureau.trail.read_text()
    bureau.verb("totp", "dora", code=3)
    assert len(bureau.told("--event", "enrolled")) == 1
    bureau.trail.rename(bureau.trail.with_name("elsewhere"))
    bureau.trail.mkdir()
    bureau.verb("totp", "erin", code=6)
    assert not (bureau.folder / "state" / "totp" / "erin.secret").exists()
