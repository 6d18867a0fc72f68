"""The house as it was meant: imports point down, and every contract is shown to fail when it is broken."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
LAYERS = [layer.split(" | ") for layer in CONTRACTS[0]["layers"]]
PURE = CONTRACTS[2]

# For each contract imports that must not be: file, line, and the contract that it breaks.
BREAKS = {
    "a command that reaches into IRC": ("bot/commands/status.py", "import bot.irc.outbox", "Imports point down"),
    "an operation that picks its storage": (
        "core/operations/site.py",
        "import core.storage.local",
        "Imports point down",
    ),
    "chat in the engine": ("core/lock.py", "import bot.chat.reply", "The engine has never heard of chat"),
    "a loop in the engine": ("core/operations/backup.py", "import asyncio", "The engine has never heard of chat"),
    "a format that opens files": ("core/formats/atheme/rows.py", "import pathlib", PURE["name"]),
    "registrations that read the clock": ("core/registrations/living.py", "import time", PURE["name"]),
    "chat that parses lines": ("bot/chat/reply.py", "import irc.client", "One door to the irc library"),
    "a module of tomorrow that parses lines": ("bot/new.py", "import irc.client", "One door to the irc library"),
    "a repository that encrypts": ("core/repository/layout.py", "import pyrage", "One door to age"),
    "a module of tomorrow that encrypts": ("core/new.py", "import pyrage", "One door to age"),
    "a source that unpacks": ("core/sources/atheme.py", "from backports import zstd", "One door to zstd"),
    "a source that unpacks, on a newer Python": (
        "core/sources/atheme.py",
        "import compression.zstd",
        "One door to zstd",
    ),
    "a storage that is no bucket and speaks with one": ("core/storage/local.py", "import boto3", "One door to boto3"),
    "a module of tomorrow that speaks with buckets": ("core/new.py", "import botocore", "One door to boto3"),
    "IRC that reads certificates": ("bot/irc/link.py", "import cryptography", "One door to certificates"),
    "a unit that speaks with the engine itself": ("core/control/compose.py", "import docker", "One door to docker"),
    "an upload that speaks SSH itself": ("core/storage/sftp_upload.py", "import paramiko", "One door to paramiko"),
    "an operation that deciphers": ("core/operations/site.py", "import cryptography", "One door to certificates"),
    "a format that opens what is encrypted": (
        "core/formats/unrealircd/judging.py",
        "from nacl import bindings",
        "One door to libsodium and Argon2",
    ),
    "a source that makes a key": ("core/sources/files.py", "import argon2", "One door to libsodium and Argon2"),
    "a source that reads certificates itself": (
        "core/sources/files.py",
        "import cryptography",
        "One door to certificates",
    ),
    "certificates that look into a disk": (
        "core/certificates/pem.py",
        "import core.disk",
        "Imports point down",
    ),
    "a registration that reckons SCRAM itself": ("bot/irc/registration.py", "import scramp", "One door to SCRAM"),
    "a door that makes codes itself": ("bot/doorkeeper.py", "import pyotp", "One door to one-time codes"),
    "an engine that posts": ("core/operations/teller.py", "import aiohttp", "One door to HTTP"),
    "a page that counts by itself": ("bot/http/metrics.py", "import prometheus_client", "One door to Prometheus"),
    "a courier that mails itself": ("bot/notify/courier.py", "import aiosmtplib", "One door to mail"),
    "a notice that is a template": ("bot/notify/courier.py", "import jinja2", "One door to templates"),
    "a schedule that asks the library itself": ("bot/schedule.py", "import apscheduler", "One door to APScheduler"),
    "a follower that watches itself": ("bot/saves.py", "import watchfiles", "One door to file events"),
    "chat that draws": ("bot/chat/reply.py", "import rich", "Only the command line draws"),
}


def _copy(folder: Path) -> None:
    for name in ("bot", "core"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)


def _plant(file: Path, lines: list[str]) -> None:
    known = file.read_text() if file.exists() else ""
    file.write_text("\n".join([*lines, known]))


def _lint(folder: Path) -> str:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == ("BROKEN" in done.stdout), done.stderr
    return done.stdout


def test_every_contract_is_kept() -> None:
    assert "0 broken" in _lint(ROOT)


def _rounds() -> list[list[str]]:
    """All cases, in as few rounds as there are cases of one contract: in each at most one of every contract."""
    rounds: list[list[str]] = []
    places = Counter[str]()
    for case, (_, _, contract) in BREAKS.items():
        if places[contract] == len(rounds):
            rounds.append([])
        rounds[places[contract]].append(case)
        places[contract] += 1
    return rounds


@pytest.mark.parametrize("cases", _rounds(), ids=len)
def test_a_contract_that_is_broken_is_named_with_what_breaks_it(cases: list[str], tmp_path: Path) -> None:
    _copy(tmp_path)
    for case in cases:
        _plant(tmp_path / BREAKS[case][0], [BREAKS[case][1]])
    told = _lint(tmp_path)
    for case in cases:
        file, _, contract = BREAKS[case]
        assert re.search(rf"^{re.escape(contract)} BROKEN", told, re.MULTILINE), case
        why = re.search(rf"^{re.escape(contract)}\n-+\n(.*?)(^[^\n]+\n-+\n|\Z)", told, re.MULTILINE | re.DOTALL)
        assert why is not None, case
        assert f"{file.removesuffix('.py').replace('/', '.')} -> " in why[1], (case, why[1])


def test_every_contract_has_a_case_that_breaks_it() -> None:
    assert {contract for _, _, contract in BREAKS.values()} == {contract["name"] for contract in CONTRACTS}


def test_no_layer_may_import_one_above_or_beside_it(tmp_path: Path) -> None:
    """Every pair of layers is broken at once, and every pair is told: no boundary is only drawn."""
    above = [(low, high) for upper, lower in combinations(LAYERS, 2) for low in lower for high in upper]
    beside = [pair for layer in LAYERS for one, two in combinations(layer, 2) for pair in ((one, two), (two, one))]
    _copy(tmp_path)
    for low in {low for low, _ in above + beside}:
        path = tmp_path / low.replace(".", "/")
        file = path / "planted.py" if path.is_dir() else path.with_suffix(".py")
        _plant(file, [f"import {high}" for name, high in above + beside if name == low])
    told = set(re.findall(r"^(\S+) is not allowed to import (\S+):$", _lint(tmp_path), re.MULTILINE))
    assert not {*above, *beside} - told


def test_every_part_of_the_house_has_its_layer() -> None:
    """A module without a layer would be watched by no contract."""
    named = {name for layer in LAYERS for name in layer}
    parts = [path for root in ("bot", "core") for path in (ROOT / root).glob("[!_]*")]
    modules = {f"{path.parent.name}.{path.stem}" for path in parts if path.is_dir() or path.suffix == ".py"}
    assert modules | {"bot.__main__"} == named


def test_what_is_pure_may_import_nothing_of_the_outside(tmp_path: Path) -> None:
    """Each forbidden module is found in each pure package."""
    _copy(tmp_path)
    for package in PURE["source_modules"]:
        _plant(
            tmp_path / package.replace(".", "/") / "planted.py",
            [f"import {name}" for name in PURE["forbidden_modules"]],
        )
    told = set(re.findall(r"^(\S+) is not allowed to import (\S+):$", _lint(tmp_path), re.MULTILINE))
    assert not {(package, name) for package in PURE["source_modules"] for name in PURE["forbidden_modules"]} - told


def _calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_what_is_pure_neither_opens_nor_prints_nor_asks_the_time() -> None:
    """What a contract of imports cannot see: the built-in ways to the outside."""
    outside = {"open", "print", "input", "exec", "eval", "datetime.now", "datetime.today", "date.today"}
    for package in PURE["source_modules"]:
        for path in (ROOT / package.replace(".", "/")).rglob("*.py"):
            assert not _calls(path) & outside, path


def test_the_engine_knows_the_date_from_one_place() -> None:
    """A test that sets the clock has set it for everything that is written down."""
    dates = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time"}
    reading = {path.relative_to(ROOT).as_posix() for path in (ROOT / "core").rglob("*.py") if _calls(path) & dates}
    # How old a file is, only the clock that stamped it knows.
    files_age = {"core/control/rehearsal_scratch.py", "core/lock.py"}
    assert reading == {"core/clock.py"} | files_age
