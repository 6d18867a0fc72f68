"""A runbook shows what is typed on the worst night: every command in it exists, and is understood as it stands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from bot.chat.agreement import Agreements
from bot.chat.authority import Actor, Role
from bot.chat.command import Desk, Request
from bot.chat.dispatcher import Dispatcher
from bot.chat.words import words_of
from bot.cli.main import VERBS, _parser
from bot.cli.template import EXAMPLE, render
from bot.commands import COMMANDS
from bot.config import load
from bot.wiring_facts import facts_of
from core.domain.errors import BackupServError
from core.domain.runbooks import RUNBOOKS, runbook
from core.domain.runbooks.page import Facts, Program, Runbook, Saved, Step
from tests.fakes import FakeClock

BARE = Facts(
    network="N",
    host="h",
    services=Program(source="services", database="services.db", told="services"),
    others=(),
    storages=("disk",),
    standbys=(),
    channel="",
    recipients=2,
    opens=True,
    state="state",
    ways=(),
)
RICH = Facts(
    network="ExampleNet",
    host="irc1",
    services=Program(
        source="services",
        database="/var/lib/atheme/services.db",
        told="services (the unit atheme-services.service)",
        stop="systemctl stop atheme-services.service",
        start="systemctl start atheme-services.service",
        can_save=True,
    ),
    others=(
        Saved(name="web", what="tls", place="/etc/web/tls"),
        Saved(name="irc", what="tls", place="/etc/unrealircd/tls", serves=("irc.example.net:6697",)),
        Saved(name="config", what="config", place="/etc/unrealircd"),
        Saved(name="ircd", what="ircd", place="/var/lib/unrealircd"),
        Saved(name="ircd2", what="ircd", place="/var/lib/unrealircd2"),
    ),
    storages=("disk", "ssh", "s3"),
    standbys=("b",),
    channel="#opers",
    recipients=3,
    opens=True,
    state="/var/lib/backupserv",
    ways=("discord", "mail"),
)
# What people put in the place of a word in capitals.
_YOURS = {
    "NICK": "alice",
    "NEWNAME": "alice2",
    "#CHAN": "#garden",
    "WHEN": '"yesterday 21:00"',
    "CODE": "7Q2F",
    "ID": "7q2fk3",
    "HEAD": "4f3a" * 10,
    "FILE": "unrealircd.conf",
    "PATH": "/opt/atheme/bin/atheme-services",
    "STORAGE": "s3",
    "RECIPIENT": "age1" + "q" * 58,
    "TITLE": "it burns",
    "TEXT": "all is well",
}
_OF_OTHERS = {"chmod", "df", "docker", "kill", "openssl", "systemctl"}


class _Understood(Exception):
    """The words were taken: now the engine would be asked."""


class _Worker:
    @property
    def engine(self) -> object:
        raise _Understood

    async def do(self, verb: object) -> object:
        del verb
        raise _Understood


def _filled(command: str) -> str:
    return re.sub(r"#?\b[A-Z]{2,}\b", lambda found: _YOURS[found[0]], command)


def _steps() -> Iterator[tuple[Runbook, Step]]:
    for book in RUNBOOKS:
        for facts in (BARE, RICH):
            yield from ((book, step) for step in book.steps(facts))


@pytest.mark.parametrize("typed", sorted({step.chat for _, step in _steps() if step.chat}))
async def test_every_line_for_the_channel_is_understood(typed: str) -> None:
    desk = Desk(worker=cast("Any", _Worker()), agreements=Agreements(FakeClock().now), commands=COMMANDS, facts=BARE)
    words = words_of(_filled(typed)[1:])
    command = Dispatcher(desk)._find(words)
    assert command is not None, f"there is no {typed}"
    actor = Actor(name="alice", roles=frozenset(Role), proof="oper")
    request = Request(
        actor=actor,
        args=words[len(command.words) :],
        in_channel=True,
        still=cast("Any", None),
        progress=cast("Any", None),
    )
    assert not request.args or command.usage, f"nothing follows {command.name}"
    try:
        async for _ in command.run(request, desk):
            pass
    except (_Understood, BackupServError):  # it goes to the engine; or no plan of that code waits
        return


@pytest.mark.parametrize("typed", sorted({step.host for _, step in _steps() if step.host}))
def test_every_line_for_the_host_is_understood(typed: str) -> None:
    program, *words = shlex.split(_filled(typed))
    assert [program, *words] == shlex.split(_filled(typed), comments=True), "to a shell some of it would be a comment"
    if program != "backupserv":
        assert program in _OF_OTHERS
        return
    assert words[0] in VERBS
    _parser(words[0]).parse_args(words)  # it would end the test with its usage


def test_what_is_not_understood_would_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parser("restore").parse_args(["restore", "everything"])
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize("book", RUNBOOKS, ids=lambda book: book.name)
def test_each_is_short_names_this_network_and_shows_no_whole_path_in_chat(book: Runbook, tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(render(EXAMPLE))
    path.chmod(0o600)
    settings = load(path)
    lines = list(book.in_chat(facts_of(settings, local=False)))
    assert 2 <= len(lines) <= 20
    assert all(len(line) < 400 for line in lines), "one line of IRC each"
    whole = "\n".join(lines)
    assert "/var/lib/atheme" not in whole
    assert not re.search(r"\bNone\b|\{|\}", whole)
    local = "\n".join(book.on_the_host(facts_of(settings, local=True)))
    assert whole.count("\n") <= local.count("\n")
    if book.name in {"services-db-lost", "disk-full"}:
        assert "backupserv inspect /var/lib/atheme/services.db" in local
        assert "services.db" in whole


def test_every_procedure_of_an_operators_guide_has_one() -> None:
    names = {book.name for book in RUNBOOKS}
    assert len(names) == len(RUNBOOKS)
    assert {
        "whole-network",  # complete system recovery
        "services-db-lost",  # database recovery
        "certificates",
        "config",
        "one-nick",
        "one-channel",
        "ircd-data",
        "standby",  # replication
        "emergency",  # response, communication, review
        "drill",
        "key-rotation",
        "key-lost",
        "retention-review",
        "upgrade",
        "host-lost",
        "takeover",
        "disk-full",
        "tampered",
    } == names
    found = [runbook(word) for word in ("Ransomware", "restore", "nick", "disk")]
    assert [book.name for book in found if book] == ["tampered", "whole-network", "one-nick", "disk-full"]
    assert runbook("lunch") is None
