"""docs/restore.md is read once a year, at 3 a.m.: every command in it is run here as it stands."""

import getpass
import os
import re
import shutil
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from bot.config import BotSettings
from core.formats.atheme import lookup, parse
from core.repository.manifest import read_manifest
from tests.bot.cli.test_command_line import VECTORS, Host
from tests.conftest import require
from tests.core.repository.samples import PUBLIC, SAMPLE, SAVE, copy_sample
from tests.machine import NOBODY

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "restore.md").read_text()


def block(heading: str) -> list[str]:
    """The commands of a section, without what is said beside them."""
    section = DOCUMENT[DOCUMENT.index(f"\n## {heading}\n") :].split("\n## ")[1]
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    return [re.sub(r"\s{2,}#.*", "", line) for line in lines]


def run(lines: list[str], folder: Path, *, libraries: bool = False) -> list[tuple[int, str]]:
    """Each line in one shell, with what it ended with and what it said. BackupServ has no library in reach."""
    words = "--quiet" if libraries else ""
    script = ["exec 2>&1", f'backupserv() {{ "$PYTHON" {"" if libraries else "-S"} -m bot {words} "$@" < /dev/null; }}']
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
    assert len(codes) == 6
    code = re.findall(r"`backupserv undo (\w+)`", host.run("restore", "group", "!devs", "--replace", "--yes"))[0]
    host.run("undo", code, "--yes")
    assert (tmp_path / "state" / "restores" / code / "before.db").exists()
    assert "was cut short" in host.run("restore", "settle", code, "--undo", code=4)


def sample_words(folder: Path) -> dict[str, str]:
    """What stands in the document for what the sample has."""
    copy_sample(SAMPLE, folder)
    manifest = (folder / f"repository/ExampleNet/irc1/manifests/services/{SAVE}.json").read_text()
    recipients = re.findall(r"age1\w+", manifest)
    return {
        "REPOSITORY/NETWORK/HOST": "repository/ExampleNet/irc1",
        "NETWORK": "ExampleNet",
        "HOST": "irc1",
        "KEYFILE": str(folder / "KEY"),
        "/root/recovery.key": str(folder / "KEY"),
        "/root/rescue-state": str(folder / "state"),
        "7q2fk3": SAVE.rpartition("-")[2],
        "SIGNINGKEY": PUBLIC,
        "RECIPIENT": recipients[0],
        "RECOVERY": recipients[1],
    }


def as_here(text: str, words: dict[str, str]) -> str:
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


def test_with_the_folder_and_a_key_every_kind_is_opened(tmp_path: Path) -> None:
    """The newest, an older one, a tree; with stock tools alone."""
    require("age", "zstd", "minisign")
    words = sample_words(tmp_path)
    lines = [as_here(line, words) for line in block("With nothing but the folder and a key")]
    told = run(lines, tmp_path)
    assert [code for code, _ in told] == [0] * 5, told
    assert told[1][1].count("\nservices ") == 7
    place = tmp_path / "repository/ExampleNet/irc1"
    sample = read_manifest((place / f"manifests/services/{SAVE}.json").read_bytes(), "x").snapshot
    assert sha256((place / "older/services.db").read_bytes()).hexdigest() == sample.digest
    assert (place / "newest/services.db").read_bytes() != (place / "older/services.db").read_bytes()
    assert (place / "files/config/motd").read_text() == "Welcome.\n"


def test_on_a_new_machine_the_bucket_and_the_recovery_key_are_enough(tmp_path: Path) -> None:
    """With the configuration as it stands there; a folder stands for the bucket, which speaks the same port."""
    words = sample_words(tmp_path)
    (config,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    BotSettings.model_validate(tomllib.loads(as_here(config, {**words, "BUCKET": "irc-backups"})))
    bucket = re.search(r'kind = "s3"\n.*?\n\n', config, re.DOTALL)
    assert bucket is not None
    folder = f'kind = "local"\npath = "{tmp_path}/repository"\n\n'
    words |= {"/var/lib/atheme": str(tmp_path / "atheme"), "/etc/unrealircd": str(tmp_path / "unrealircd")}
    words |= {'owner = "irc"': f'owner = "{getpass.getuser()}"'}
    (tmp_path / "bot.toml").write_text(as_here(config.replace(bucket[0], folder), words))
    told = run(agreed("On a new machine, with only the bucket and the recovery key"), tmp_path, libraries=True)
    assert [code for code, _ in told] == [0] * 6, told
    assert len(told[0][1].splitlines()) == 9
    assert "DONE  recovery " in told[2][1]
    assert "is good (level 3 of 3" in told[3][1]
    for database, motd in (("rescue/services.db", "rescue/config/motd"), ("atheme/services.db", "unrealircd/motd")):
        assert len(parse((tmp_path / database).read_bytes()).rows) > 100
        assert (tmp_path / motd).read_text() == "Welcome.\n"
    shutil.rmtree(tmp_path / "unrealircd")
    lines = [as_here(line.strip(), words) for line in agreed("The whole network back: one command")]
    assert [code for code, _ in run(lines, tmp_path, libraries=True)] == [0, 0]
    assert (tmp_path / "unrealircd/motd").read_text() == "Welcome.\n"


def agreed(heading: str) -> list[str]:
    """The commands of a section; `--yes` stands for the person who types it."""
    changes = re.compile(r"recover(?!.*--dry-run)")
    return [f"{line} --yes" if changes.search(line) and "extract" not in line else line for line in block(heading)]


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
