"""A machine's first minute: what the set-up says when something is missing, and that it does nothing twice."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import NOBODY, open_folder

ROOT = Path(__file__).parents[1]
TOOLS = ("cat", "cksum", "dirname", "env", "grep", "id", "rm", "sh")
IN_OUR_VENV = Path(sys.prefix) == ROOT / ".venv"


@pytest.fixture
def bare() -> Iterator[Path]:
    """A checkout's set-up on a machine where PATH has next to nothing: `bin` can be added to."""
    with open_folder() as folder:
        (folder / "bin").mkdir(mode=0o755)
        for name in TOOLS:
            (folder / "bin" / name).symlink_to(shutil.which(name) or name)
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        for path in [*ROOT.glob("requirements*.lock"), ROOT / "pyproject.toml"]:
            shutil.copy(path, folder)
        yield folder


def _run(folder: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the set-up as a user who is not root."""
    user = NOBODY if os.geteuid() == 0 else None
    command = [str(folder / "bin" / "sh"), f"scripts/{script}", *words]
    env = {"PATH": str(folder / "bin")}
    return subprocess.run(
        command, cwd=folder, env=env, user=user, group=user, capture_output=True, text=True, timeout=60, check=False
    )


def _make(*targets: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would, not as a part of the make that runs the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    words = [shutil.which("make") or "make", *targets]
    return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=True)


def _stand_in(folder: Path, name: str, text: str) -> None:
    (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / "bin" / name).chmod(0o755)


def test_without_python_the_set_up_says_what_it_needs(bare: Path) -> None:
    done = _run(bare, "bootstrap.sh", "run")
    assert done.returncode == 1
    assert "needs Python 3.11 or later" in done.stderr
    assert "PYTHON=" in done.stderr


def test_an_old_python_is_passed_over(bare: Path) -> None:
    """It is asked for its version, and its answer is believed, whatever it is called."""
    _stand_in(bare, "python3", "exit 1")
    done = _run(bare, "bootstrap.sh", "run")
    assert "none was found" in done.stderr


def test_a_python_that_makes_no_environments_is_named_with_the_package_that_helps(bare: Path) -> None:
    answers = ["*version_info\\ \\<*) exit 0;;", '*executable*) echo "$0";;', "*-venv*) echo python3.11-venv;;"]
    _stand_in(bare, "python3", f'case "$*" in {" ".join(answers)} *) exit 1;; esac')
    done = _run(bare, "bootstrap.sh", "run")
    assert done.returncode == 1
    assert "apt-get install python3.11-venv" in done.stderr
    assert not (bare / ".venv").exists()


def test_an_unknown_set_up_is_refused(bare: Path) -> None:
    assert _run(bare, "bootstrap.sh", "everything").returncode == 2


@pytest.mark.skipif(not IN_OUR_VENV, reason="not run in the environment that `make` makes")
def test_a_second_set_up_does_nothing() -> None:
    began = time.monotonic()
    done = _make("venv", "dev")
    assert done.stdout + done.stderr == ""
    assert time.monotonic() - began < 5


def test_who_is_not_root_is_told_which_programs_are_missing(bare: Path) -> None:
    """The tests go on; what they will skip is said by name, with the command that would help."""
    done = _run(bare, "test-packages.sh")
    assert done.returncode == 0
    assert re.search(r"NOT HERE.* age .* zstd\b", done.stderr)
    assert re.search(r"apt-get install .*\bstrace\b", done.stderr)


def test_all_programs_that_tests_ask_for_are_installed_for_them() -> None:
    lines = (ROOT / "scripts" / "debian-packages.txt").read_text().splitlines()
    listed = {name for line in lines if not line.startswith("#") for name in line.split()[1:]}
    calls = [
        call
        for path in (ROOT / "tests").rglob("*.py")
        for call in re.findall(r"\brequire\((\".*?)\)", path.read_text())
    ]
    asked = {name for call in calls for name in re.findall(r'"([^"]+)"', call)} - {"no-such-program"}
    assert asked
    assert asked <= listed


@pytest.mark.parametrize(("required", "outcome"), [("1", "1 failed"), ("", "1 skipped")])
def test_a_missing_program_fails_where_real_ones_are_required_and_is_skipped_elsewhere(
    tmp_path: Path, required: str, outcome: str
) -> None:
    """Either way it is named."""
    lines = ["from tests.conftest import require", "def test_it() -> None:", '    require("no-such-program")']
    (tmp_path / "test_it.py").write_text("\n".join(lines))
    env = os.environ | {"BACKUPSERV_REQUIRE_REAL": required, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert outcome in done.stdout
    assert "installed: no-such-program" in done.stdout


def test_ci_runs_the_command_that_people_run_and_wants_real_servers(tmp_path: Path) -> None:
    (tmp_path / "make").write_text('#!/bin/sh\necho "make $* $BACKUPSERV_REQUIRE_REAL"\n')
    (tmp_path / "make").chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    words = [str(ROOT / ".ci" / "run")]
    done = subprocess.run(
        words, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "make test 1\n"
    assert "    make test\n" in (ROOT / "README.md").read_text()


def test_make_alone_lists_every_target() -> None:
    done = _make()
    listed = set(re.findall(r"^  make (\S+) +\S", done.stdout, re.MULTILINE))
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert listed == set(phony.split())
