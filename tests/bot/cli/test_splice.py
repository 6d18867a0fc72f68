"""The engine on bare files, for the night when nothing else is left: a result, or one sentence and nothing written."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.main import main
from core.domain.finding import Severity
from core.formats.atheme import check, lookup, parse

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
OLD, CURRENT = VECTORS / "before.db", VECTORS / "after.db"


def spliced(out: Path, *words: str, old: Path = OLD, current: Path = CURRENT) -> int:
    return main(["splice", "--from", str(old), "--into", str(current), "--out", str(out), *words])


def test_an_account_is_taken_from_the_old_file_into_the_current_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new.db"
    assert spliced(out, "--account", "ALICE", "--founded", "--now", "1795480000") == 0
    told = capsys.readouterr().out
    assert "! gives power back: founder of #alpha" in told
    assert f"wrote {out}" in told
    content = out.read_bytes()
    assert lookup(parse(content), b"alice_alt", "rfc1459") == b"alice"
    assert b" 1795480000 +Cb default \n" in content
    assert b"\nMC #gamma 1795396578 1795480000 " in content
    assert out.stat().st_mode & 0o777 == 0o600
    assert [item for item in check(content, casemapping="rfc1459") if item.severity > Severity.WARNING] == []


@pytest.mark.parametrize(
    ("words", "begins"), [(("--channel", "#zeta"), b"MC #zeta "), (("--account", "alice"), b"MU AAAAAAAAC alice ")]
)
def test_a_machine_is_told_what_was_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], begins: bytes
) -> None:
    out = tmp_path / "new.db"
    assert spliced(out, *words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["written"] == str(out)
    assert told["plan"]["blocked"] == ""
    assert told["plan"]["rows_added"] > 0
    assert b"\n" + begins in out.read_bytes()


@pytest.mark.parametrize(
    "words",
    [("--account", "bob"), ("--channel", "#gamma"), ("--channel", "#alpha"), ("--group", "!staff")],
    ids=["account", "no founder", "channel", "group"],
)
def test_what_is_in_the_way_and_not_chosen_ends_with_3_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    out = tmp_path / "new.db"
    assert spliced(out, *words) == 3
    told = capsys.readouterr().out
    assert "CANNOT: " in told
    assert ": choose " in told
    assert "\n  the same command with --" in told
    assert not out.exists()


def test_a_choice_meets_it(tmp_path: Path) -> None:
    assert spliced(tmp_path / "1.db", "--channel", "#gamma", "--founder", "bob") == 0
    assert spliced(tmp_path / "2.db", "--account", "bob", "--as", "bob2") == 0
    assert spliced(tmp_path / "3.db", "--account", "bob", "--replace") == 0
    assert spliced(tmp_path / "4.db", "--channel", "#alpha", "--replace", "--founder", "bob") == 0
    for path in tmp_path.glob("*.db"):
        found = check(path.read_bytes(), casemapping="rfc1459")
        assert [item for item in found if item.severity > Severity.WARNING] == []


def test_the_inputs_are_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By name, by link, by another name; and no other file either."""
    old, current = tmp_path / "old.db", tmp_path / "current.db"
    old.write_bytes(OLD.read_bytes())
    current.write_bytes(CURRENT.read_bytes())
    link, hard, other, dangling = (tmp_path / name for name in ("link", "hard", "other", "dangling"))
    link.symlink_to(current)
    os.link(old, hard)
    other.write_bytes(b"something else")
    dangling.symlink_to(tmp_path / "nowhere")
    for out in (old, current, link, hard, other, dangling):
        assert spliced(out, "--account", "alice", old=old, current=current) == 3
        assert "written over" in capsys.readouterr().err
    assert old.read_bytes() == OLD.read_bytes()
    assert current.read_bytes() == CURRENT.read_bytes()
    assert other.read_bytes() == b"something else"
    assert not (tmp_path / "nowhere").exists()


def test_a_look_writes_nothing(tmp_path: Path) -> None:
    assert spliced(tmp_path / "new.db", "--account", "alice", "--dry-run") == 0
    assert list(tmp_path.iterdir()) == []


def test_who_is_not_there_is_not_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert spliced(tmp_path / "new.db", "--account", "greta") == 4
    assert "greta is not in that database" in capsys.readouterr().err


def test_a_damaged_database_is_refused_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The current one always; the old one unless somebody takes what is whole in it."""
    cut = tmp_path / "cut.db"
    cut.write_bytes(CURRENT.read_bytes()[:9000])
    assert spliced(tmp_path / "new.db", "--account", "alice", current=cut) == 5
    assert "the current database has" in capsys.readouterr().err
    cut.write_bytes(OLD.read_bytes()[:11000])
    assert spliced(tmp_path / "new.db", "--account", "alice", old=cut) == 5
    assert "the old database has" in capsys.readouterr().err
    assert spliced(tmp_path / "new.db", "--account", "alice", "--from-damaged", old=cut) == 0


@pytest.mark.parametrize("now", ["soon", "99999999999999999999", "-1", "2026-13-01"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, now: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert spliced(tmp_path / "new.db", "--account", "alice", f"--now={now}") == 2
    assert "--now is no time" in capsys.readouterr().err


def worst(content: bytes, seed: int) -> bytes:
    """The same bytes after the worst night: cut, shuffled, doubled, overlong, of another charset, of another system."""
    chance = random.Random(seed)  # noqa: S311 — disorder, no secret
    rows = content.split(b"\n")
    ways: list[Callable[[], bytes]] = [
        lambda: content[: chance.randrange(len(content))],
        lambda: b"\n".join(chance.sample(rows, len(rows))),
        lambda: content + content[chance.randrange(len(content)) :],
        lambda: content.replace(b"alice", b"x" * 5000),
        lambda: content.replace(b"a", b"\xe9", chance.randrange(200)),
        lambda: content.replace(b"\n", b"\r\n"),
        lambda: content.replace(b" ", b"\0", chance.randrange(50)),
        lambda: bytes(chance.randrange(256) for _ in range(5000)),
        lambda: b"",
        lambda: b"SQLite format 3\0" + content,
    ]
    return ways[seed % len(ways)]()


@pytest.mark.parametrize("seed", range(30))
def test_the_worst_files_give_a_sentence_and_never_a_traceback(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the old one or the current one; what is written all the same has nothing to find fault with."""
    bad, out = tmp_path / "bad.db", tmp_path / "new.db"
    for source, place in ((OLD, "old"), (CURRENT, "current")):
        bad.write_bytes(worst(source.read_bytes(), seed))
        code = spliced(out, "--account", "alice", **{place: bad})
        told = capsys.readouterr()
        assert "failed inside" not in told.err
        assert "Traceback" not in told.err
        assert code in {0, 3, 4, 5, 6}, told.err
        assert out.exists() == (code == 0)
        if code == 0:
            found = check(out.read_bytes(), casemapping="rfc1459")
            assert [item for item in found if item.severity > Severity.WARNING] == []
            out.unlink()


def test_it_needs_no_configuration_and_no_network(tmp_path: Path) -> None:
    """As a program of its own, from an empty folder."""
    words = ["splice", "--from", str(OLD), "--into", str(CURRENT), "--out", "new.db", "--account", "alice"]
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new.db").exists()
