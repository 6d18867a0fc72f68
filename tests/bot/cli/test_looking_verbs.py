"""inspect, find, diff and export as they are typed: every file gets an answer and an exit code, never a traceback."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from tests import warm
from tests.bot.cli.test_command_line import VECTORS, Host

BEFORE = (VECTORS / "before.db").read_bytes()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def typed(*words: str | bytes, code: int, folder: Path) -> str:
    """A verb where there is no configuration."""
    done = warm.run(*map(os.fsdecode, words), folder=folder)
    told = done.out + done.err
    assert done.code == code, f"exit {done.code}: {told}"
    assert "Traceback" not in told
    assert "failed inside" not in told
    return done.out


WORST = {
    "good": (BEFORE, 0, "GOOD "),
    "warnings": ((VECTORS / "after.db").read_bytes(), 1, "WARNINGS "),
    "cut": (BEFORE[:-1], 2, "LOSES DATA "),
    "cut in a row": (BEFORE[: BEFORE.index(b"CA #epsilon alice") + 6], 2, "STOPS SERVICES "),
    "CRLF": (BEFORE.replace(b"\n", b"\r\n"), 2, "LOSES DATA "),
    "empty": (b"", 2, "LOSES DATA "),
    "zeros": (bytes(9000), 2, "STOPS SERVICES "),
    "Latin-1 and 5,000 bytes": (BEFORE.replace(b"motto caf\xc3\xa9", b"motto caf\xe9" + b"x" * 5000), 0, "GOOD "),
    "twice": (BEFORE * 2, 2, "STOPS SERVICES "),
    "shuffled": (b"\n".join(sorted(BEFORE.split(b"\n"))), 2, "STOPS SERVICES "),
    "gzip": (gzip.compress(BEFORE), 0, "GOOD "),
    "Anope": (b"OBJECT NickCore\n", 6, "NOT JUDGED "),
}


@pytest.mark.parametrize("name", WORST)
def test_the_first_line_is_the_verdict_and_the_exit_code_says_the_same(tmp_path: Path, name: str) -> None:
    content, code, verdict = WORST[name]
    (tmp_path / "file").write_bytes(content)
    assert typed("inspect", "file", code=code, folder=tmp_path).startswith(verdict)
    told = json.loads(typed("inspect", "file", "--json", code=code, folder=tmp_path))
    assert verdict.strip().lower().replace(" ", "-") == told["verdict"]


def test_strange_names_and_strange_things_are_answered(tmp_path: Path) -> None:
    """A folder, nothing, a pipe, a name that is no text."""
    os.mkfifo(tmp_path / "pipe")
    strange = os.fsencode(tmp_path) + b"/caf\xe9\x1b[31m"
    Path(os.fsdecode(strange)).write_bytes(BEFORE)
    for word in (str(tmp_path), "none", "pipe", "/dev/null"):
        assert "NOT JUDGED" in typed("inspect", word, code=6, folder=tmp_path)
        assert json.loads(typed("inspect", word, "--json", code=6, folder=tmp_path))["reason"]
    assert "\x1b" not in typed("inspect", strange, code=0, folder=tmp_path)
    assert json.loads(typed("inspect", strange, "--json", code=0, folder=tmp_path))["verdict"] == "good"


def test_findings_are_told_with_their_lines_and_at_most_twenty(tmp_path: Path) -> None:
    faults = b"".join(b"MDU nobody%d url x\n" % number for number in range(50))
    (tmp_path / "file").write_bytes(BEFORE.replace(b"KID ", faults + b"KID ", 1))
    told = typed("inspect", "file", code=2, folder=tmp_path)
    assert "LOSES DATA      line 3" in told
    assert "and 30 × LOSES DATA: --all lists them" in told
    assert len(typed("inspect", "file", "--all", code=2, folder=tmp_path).splitlines()) > 50


def test_how_names_compare_is_taken_from_atheme_conf(tmp_path: Path) -> None:
    (tmp_path / "atheme.conf").write_text("serverinfo { casemapping = ascii; };\n")
    shutil.copy(VECTORS / "before.db", tmp_path / "file")
    told = typed("inspect", "file", "--json", "--atheme-conf", "atheme.conf", code=0, folder=tmp_path)
    assert json.loads(told)["casemapping"] == "ascii"
    typed("inspect", "file", "--atheme-conf", "none.conf", code=6, folder=tmp_path)


def test_two_files_are_compared_without_a_configuration(tmp_path: Path) -> None:
    for name in ("before", "after"):
        (tmp_path / f"{name}.db.gz").write_bytes(gzip.compress((VECTORS / f"{name}.db").read_bytes()))
    told = typed("diff", "./before.db.gz", "after.db.gz", "--quiet", code=0, folder=tmp_path)
    assert "! channel #alpha changed: founder alice → bob" in told
    assert "account greta registered" in told
    short = typed("diff", "./before.db.gz", "after.db.gz", "--quiet", "--limit", "1", code=0, folder=tmp_path)
    assert "and 15 more" in short
    told = json.loads(typed("diff", "./before.db.gz", "after.db.gz", "--json", code=0, folder=tmp_path))
    assert told["counts"]["account"] == {"dropped": 1, "registered": 1, "changed": 1}
    assert "@" not in json.dumps(told["changes"])


def test_a_file_is_compared_with_what_lives(host: Host, tmp_path: Path) -> None:
    shutil.copy(VECTORS / "after.db", tmp_path / "copy.db")
    assert "account greta dropped" in host.run("diff", str(tmp_path / "copy.db"))
    host.run("backup")
    assert "nothing that anybody did" in host.run("diff", "latest")
    host.run("diff", str(tmp_path / "none.db"), code=6)
    host.run("diff", "zzzzzz", code=4)


def test_find_says_where_and_how_it_comes_back(host: Host) -> None:
    host.run("backup")
    assert "account alice (registered" in host.run("find", "alice")
    shutil.copy(VECTORS / "after.db", host.database)
    told = host.run("find", "alice")
    assert "not in the living database" in told
    tail = json.loads(host.run("snapshots", "--json"))[0]["id"].rpartition("-")[2]
    assert f"backupserv restore user alice --from {tail}" in told
    assert f"backupserv restore channel '#zeta' --from {tail}" in host.run("find", "#zeta")  # as a shell must have it
    assert json.loads(host.run("find", "#gamma", "--json"))["stays"][0]["kind"] == "channel"
    assert "in none of 1 snapshots" in host.run("find", "nobody", code=4)
    assert json.loads(host.run("find", "nobody", "--json", code=4))["stays"] == []


def test_an_export_is_private_whole_and_never_over_another_file(host: Host, tmp_path: Path) -> None:
    host.run("backup")
    place = tmp_path / "alice.json"
    assert "nothing of others" in host.run("export", "alice", "--output", str(place))
    assert place.stat().st_mode & 0o777 == 0o600
    written = place.read_bytes()
    told = json.loads(written)
    assert told["account"]["email"] == "alice@lab.test"
    assert "saved" in told["about"]["network_database"]
    assert "exists already" in host.run("export", "alice", "--output", str(place), code=3)
    assert place.read_bytes() == written
    assert json.loads(host.run("export", "alice"))["account"] == told["account"]
    shutil.copy(VECTORS / "after.db", host.database)
    assert "find" in host.run("export", "alice", code=4)
    assert json.loads(host.run("export", "alice", "--from", "latest"))["account"] == told["account"]
    assert "lab.test" not in host.run("export", "nobody", code=4)
