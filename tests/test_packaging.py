"""What is shipped and pinned: locks with hashes and without addresses, a wheel that is whole, a quick start."""

import importlib.metadata
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted([*ROOT.glob("requirements*.lock"), *ROOT.glob("scripts/*.lock")])


def _pins(lock: str) -> dict[str, str]:
    """Each pinned package of a lock file, and its version."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))


def _names(requirements: Iterable[object]) -> set[str]:
    plain = (re.split(r"[<>=;\[ ]", item)[0] for item in requirements if isinstance(item, str))
    return {re.sub(r"[._-]+", "-", name).lower() for name in plain}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_says_where_packages_come_from(lock: Path) -> None:
    """Every machine has its own index: no address, and no option that would bring one in."""
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_its_hashes(lock: Path) -> None:
    pins = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)[1:]
    assert pins
    assert not [
        pin for pin in pins if not re.search(r"^[a-z0-9._-]+==\S+.*\n(    --hash=sha256:[0-9a-f]{64}.*\n)+$", pin)
    ]


def test_all_that_is_asked_for_is_pinned() -> None:
    groups = PYPROJECT["dependency-groups"]
    running = _names([*PYPROJECT["project"]["dependencies"], *groups["build"]])
    assert not running - _names(_pins("requirements.lock"))
    assert not (running | _names(groups["dev"])) - _names(_pins("requirements-dev.lock"))


def test_what_is_tested_is_what_runs() -> None:
    """Each library that running needs has the same version in the tests."""
    assert _pins("requirements.lock").items() <= _pins("requirements-dev.lock").items()


@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="not run in the environment that `make` makes")
def test_the_tests_run_on_what_is_pinned() -> None:
    pins = {re.sub(r"[._-]+", "-", name): version for name, version in _pins("requirements-dev.lock").items()}
    installed = {re.sub(r"[._-]+", "-", d.name).lower(): d.version for d in importlib.metadata.distributions()}
    assert {name: installed[name] for name in pins if name in installed and installed[name] != pins[name]} == {}
    assert installed.keys() - pins.keys() <= {"backupserv", "pip", "setuptools", "uv"}


def test_lock_files_with_addresses_cannot_be_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"uv.lock", "pylock.toml"} <= set(ignored)


def _build(kind: str, folder: Path) -> Path:
    words = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (built,) = folder.iterdir()
    return built


def test_the_wheel_holds_the_product_and_nothing_else(tmp_path: Path) -> None:
    """Both packages with their types, the licence and the command; it runs from where it lies."""
    wheel = _build("wheel", tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"bot", "core"}
        assert {"bot/py.typed", "core/py.typed"} <= set(names)
        served = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bot" / "http" / "templates").iterdir()}
        assert {"bot/http/templates/style.css", "bot/http/templates/status.html"} <= served <= set(names)
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "backupserv = bot.__main__:main" in archive.read(entry_points).decode()
        assert any(name.endswith("/LICENSE") for name in names)
    words = [sys.executable, "-m", "bot", "--version"]
    done = subprocess.run(
        words, cwd=tmp_path, env={"PYTHONPATH": str(wheel)}, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split()[0] == "backupserv"


def test_the_source_archive_can_be_set_up_and_tested(tmp_path: Path) -> None:
    with tarfile.open(_build("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "pyproject.toml", "scripts/bootstrap.sh", "bot.example.toml", "README.md", "LICENSE"}
    assert (
        wanted | {lock.relative_to(ROOT).as_posix() for lock in LOCKS} | {"bot/__main__.py", "tests/conftest.py"}
        <= names
    )
    assert not [name for name in names if name.startswith((".venv", "demo-network", ".git/"))]


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_nothing_slow_is_imported_before_it_is_needed(words: list[str]) -> None:
    """The start is a promise: what takes long to import waits until a verb needs it."""
    slow = {"aiohttp", "asyncio", "boto3", "cryptography", "irc", "pydantic", "pyrage", "rich", "backports.zstd"}
    command = [sys.executable, "-X", "importtime", "-m", "bot", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "argparse" in imported
    assert not imported & slow
