"""A recovery that ended with the bot goes on when the bot is back."""

from pathlib import Path

import pytest

from bot.chat.command import Misused
from bot.chat.worker import Worker
from bot.commands.restore_all import COMMAND, _read
from bot.resuming import resume_recovery
from core.operations.recovery.terms import RecoveryWish
from tests.core.operations.recovery.network import Network, make_network
from tests.fakes import FakeClock, RecordingProgress


class Crash(BaseException):
    """The process is gone."""


@pytest.fixture
def saved(tmp_path: Path, clock: FakeClock) -> Network:
    network = make_network(tmp_path, clock)
    network.engine.back_up(reason="test", progress=RecordingProgress())
    network.burn()
    return network


def crash(network: Network, *, unattended: bool, at: str) -> None:
    """A recovery of which nothing was heard again after that step."""

    class Killed(RecordingProgress):
        def step(self, text: str) -> None:
            if text.startswith(at):
                raise Crash

    plan = network.engine.plan_recovery(RecoveryWish(only=("config", "services")), progress=RecordingProgress())
    with pytest.raises(Crash):
        network.engine.recover(plan, by="alice", code="7Q2F", unattended=unattended, progress=Killed())


async def test_what_two_people_agreed_to_is_brought_to_its_end(saved: Network) -> None:
    """Nobody need be on IRC for it; what came of it is told, once somebody can hear."""
    crash(saved, unattended=True, at="3 of 5 · services")
    heard: list[str] = []
    await resume_recovery(Worker(saved.engine), heard.append)
    assert heard[0] == 'recovery 7Q2F of alice was cut short at "services": going on'
    assert "DONE, BUT LOOK: 0:" in heard[1] or "DONE: 0:" in heard[1]
    assert saved.diary == ["start ircd", "start services"]
    assert (saved.folder / "data" / "services.db").exists()
    heard.clear()
    await resume_recovery(Worker(saved.engine), heard.append)
    assert heard == []


async def test_one_of_the_command_line_is_told_and_left_to_who_began_it(saved: Network) -> None:
    """So is one that was tried three times."""
    crash(saved, unattended=False, at="3 of 5 · services")
    heard: list[str] = []
    await resume_recovery(Worker(saved.engine), heard.append)
    assert heard == ['recovery 7Q2F of alice was cut short at "services": `backupserv recover` goes on with it']
    assert saved.diary == []


def test_the_words_behind_it_are_understood_or_explained() -> None:
    assert _read(("from", "yesterday", "21:00", "only", "tls,services", "config", "with", "logs", "exact")) == (
        RecoveryWish(reference="yesterday 21:00", only=("tls", "services", "config"), also=("logs",), exact=True)
    )
    assert _read(()) == RecoveryWish()
    for words, why in (
        (("everything",), "word 1 behind !restore all is not understood"),
        (("from",), "from needs a time or an id"),
        (("only",), "only needs a name"),
        (("exact", "now"), "word 2 behind !restore all is not understood"),
        (("from", "a", "from", "b"), "from stands there twice"),
    ):
        with pytest.raises(Misused, match=why):
            _read(words)
    assert COMMAND.name == "!restore all"
