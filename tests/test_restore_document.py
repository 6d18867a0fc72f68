"""docs/restore.md is read once a year, at 3 a.m.: every command in it is run here as it stands."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.crypto.age import write_identity
from core.formats.atheme import lookup, parse
from core.repository.manifest import read_manifest
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.conftest import require
from tests.core.repository.samples import IDENTITY_1 as IDENTITY
from tests.core.repository.samples import SAMPLE_1 as SAMPLE
from tests.machine import NOBODY

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "restore.md").read_text()


def block(heading: str) -> list[str]:
    """The commands of a section, without what is said beside them."""
    section = DOCUMENT[DOCUMENT.index(f"\n## {heading}\n") :].split("\n## ")[1]
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    return [re.sub(r"\s{2,}#.*", "", line) for line in lines]


def run(lines: list[str], folder: Path) -> list[tuple[int, str]]:
    """Each line in one shell, with what it ended with and what it said. BackupServ itself has no library in reach."""
    script = ["exec 2>&1", 'backupserv() { "$PYTHON" -S -m bot "$@" < /dev/null; }']
    script += [part for line in lines for part in (line, 'printf "\\0%s\\0" $?')]
    done = subprocess.run(
        ["/bin/bash", "-c", "\n".join(script)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHON": sys.executable, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = done.stdout.split("\0")
    return [(int(code), said) for said, code in zip(told[::2], told[1::2], strict=False)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An old database with alice, and the current one of services."""
    old, current = tmp_path / "yesterday.db", tmp_path / "services.db"
    shutil.copy(VECTORS / "before.db", old)
    shutil.copy(VECTORS / "after.db", current)
    current.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(current, NOBODY, NOBODY)
    return old, current


def test_with_two_files_and_nothing_else_an_account_is_back_in_place(files: tuple[Path, Path]) -> None:
    """Stopped, spliced, looked at and put in place, with the owner and the mode that services need."""
    old, current = files
    before = current.stat()
    lines = block("With two files and nothing else") + block("Putting a database in place")
    here = [line.replace("/var/lib/atheme/services.db", str(current)) for line in lines if line]
    here = [re.sub(r"^OLD=.*", f"OLD={old}", line) for line in here]
    told = run(here, current.parent)
    assert len(told) == len(here)
    codes = {line: code for line, (code, _) in zip(here, told, strict=True)}
    assert codes.pop("backupserv inspect current.db") == 1  # alice's group has no founder while she is gone
    assert set(codes.values()) == {0}, told
    after = current.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert lookup(parse(current.read_bytes()), b"alice", "rfc1459") == b"alice"
    assert old.read_bytes() == (VECTORS / "before.db").read_bytes()
    assert sorted(path.name for path in current.parent.glob("services.db*")) == ["services.db"]


def test_the_exit_codes_of_splice_are_those_that_it_tells(files: tuple[Path, Path]) -> None:
    told = {int(code) for code in re.findall(r"^\| (\d) \|", DOCUMENT, re.MULTILINE)}
    damaged = files[0].with_name("damaged.db")
    damaged.write_bytes(files[0].read_bytes()[:9000])
    splice = f"backupserv splice --from {files[0]} --into {files[1]} --out new.db"
    cases = {
        f"{splice} --account alice": 0,
        f"{splice} --account alice --channel '#zeta'": 2,
        f"{splice}2 --account bob": 3,
        f"{splice} --account alice # again": 3,
        f"{splice}2 --account nobody": 4,
        f"{splice}2 --account alice --from {damaged}": 5,
        f"{splice}2 --account alice --from nowhere.db": 6,
    }
    ended = [code for code, _ in run(list(cases), files[0].parent)]
    assert ended == list(cases.values())
    assert set(ended) == told


def test_with_the_bot_and_irc_dead_the_command_line_does_it_and_takes_it_back(tmp_path: Path) -> None:
    """`--yes` stands for the person who types it."""
    host = Host(tmp_path)
    host.run("backup")
    shutil.copy(VECTORS / "after.db", host.database)
    there = {"FILE": str(host.database), "NICK": "alice", "'#CHAN'": "#zeta"}
    codes = {}
    for line in block("With BackupServ on the host, IRC dead"):
        words = [there.get(word, word) for word in line.split()[1:]]
        codes[line] = 1 if words[0] == "inspect" else 0
        host.run(*words, *(["--yes"] if words[0] == "restore" else []), code=codes[line])
    assert len(codes) == 5
    code = re.findall(r"`backupserv undo (\w+)`", host.run("restore", "group", "!devs", "--replace", "--yes"))[0]
    host.run("undo", code, "--yes")
    assert (tmp_path / "state" / "restores" / code / "before.db").exists()
    assert "was cut short" in host.run("restore", "settle", code, "--undo", code=4)


def test_with_the_folder_and_a_key_a_snapshot_is_opened(tmp_path: Path) -> None:
    require("age", "zstd")
    shutil.copytree(SAMPLE, tmp_path / "repository")
    write_identity(tmp_path / "host.key", IDENTITY)
    here = {"REPOSITORY/NETWORK/HOST": "repository/ExampleNet/irc1", "KEYFILE": str(tmp_path / "host.key")}
    here |= {"SOURCE": "services", "20261123T020000Z-7q2fk3": "20261123T020000Z-hz5jam"}
    lines = block("With nothing but the folder and a key")
    for word, meant in here.items():
        lines = [line.replace(word, meant) for line in lines]
    told = run(lines, tmp_path)
    assert [code for code, _ in told] == [0, 0, 0, 0], told
    manifest = (SAMPLE / "ExampleNet/irc1/manifests/services/20261123T020000Z-hz5jam.json").read_bytes()
    assert told[-1][1].split()[0] == read_manifest(manifest, "x").snapshot.digest


def test_every_place_that_it_points_to_is_there() -> None:
    """Headings in it, and files and headings beside it."""
    for place in re.findall(r"\]\((\S+?)\)", DOCUMENT):
        name, _, heading = place.partition("#")
        text = (ROOT / "docs" / name).read_text() if name else DOCUMENT
        headings = {
            re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
            for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        assert not heading or heading in headings, place
