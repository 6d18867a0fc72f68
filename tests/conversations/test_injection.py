r"""What users write never becomes a line of ours: the remote command injection of clients that dequote CTCP.

`\x10r` is CR for who dequotes, and UnrealIRCd, Solanum and ngIRCd end a line at a lone CR: a bot that answered
"unknown command: …" joined #pwned because a user wrote `!x\x10rJOIN #pwned`. It might have been KILL.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.config import BotSettings
from bot.demo.person import Person
from bot.demo.stage import Stage
from tests.conversations.test_authority import somebody
from tests.fuzz.honest import HonestServer
from tests.fuzz.household import household, settings_of
from tests.fuzz.hurried import run_hurried
from tests.fuzz.test_fuzz_identity import PEOPLE

BREAKS = ["\x10r", "\x10n", "\x100", "\r", "\0", "\u2028"]
SPOTS = [
    "!x{}JOIN #pwned",
    "!{}JOIN #pwned",
    "!help {}JOIN #pwned",
    "!find {}JOIN #pwned",
    "!find x{}JOIN",
    "!restore user x{}JOIN #pwned",
    "!restore user x from y{}JOIN #pwned",
    "!restore user x from 25:00{}JOIN",
    "!restore channel #x{}JOIN #pwned",
    "!restore user bob as x{}JOIN",
    "!verify x{}JOIN",
    "!diff x{}JOIN",
    "!pin x{}JOIN #pwned y",
    "!freeze why{}JOIN #pwned",
    "!status",
    "!unpin x{}JOIN",
    "!confirm {}JOIN",
    "!show {}JOIN",
    "!undo x{}JOIN",
    "\x01PING x{}JOIN #pwned\x01",
    "\x01VERSION{}JOIN #pwned\x01",
    "\x01{}JOIN #pwned",
]


class _EndsAtCr:
    """What UnrealIRCd and Solanum make of bytes: each CR, LF or NUL ends a line."""

    def __init__(self) -> None:
        self.obeyed: list[str] = []

    def take(self, sent: str) -> None:
        self.obeyed += [part.partition(" ")[0].upper() for part in re.split(r"[\r\n\0]+", sent) if part]


async def _evening(home: BotSettings, broken: str, *, who: int) -> tuple[_EndsAtCr, list[str], list[str]]:
    server, real = HonestServer([replace(one) for one in PEOPLE]), _EndsAtCr()
    async with household(home, server.network) as watched:
        for _ in range(6):
            server.work()
            await asyncio.sleep(1)
        for spot in SPOTS:
            for private in (False, True):
                server.write(server.people[who], spot.format(broken), private=private)
                for _ in range(3):
                    await asyncio.sleep(4)
                    server.work()
        said = list(server.network.lines)
        for line in said:
            real.take(line)
        return real, said, watched.verdict()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> BotSettings:
    return settings_of(tmp_path_factory.mktemp("injection") / "network")


@pytest.mark.parametrize("broken", BREAKS, ids=repr)
@pytest.mark.parametrize("who", [0, 2], ids=["by who may", "by who may not"])
def test_nothing_is_obeyed_where_a_lone_cr_ends_a_line(home: BotSettings, broken: str, who: int) -> None:
    """Each place of each command, in the channel and in private, on a server that ends lines at CR and NUL."""
    real, said, wrong = run_hurried(_evening(home, broken, who=who))
    assert wrong == []
    assert set(real.obeyed) <= {
        "CAP",
        "NICK",
        "USER",
        "OPER",
        "JOIN",
        "ISON",
        "WHOIS",
        "PING",
        "PONG",
        "PRIVMSG",
        "NOTICE",
        "QUIT",
    }
    assert real.obeyed.count("JOIN") == 1
    assert not [line for line in said if "#pwned" in line and not line.startswith(("PRIVMSG #opers", "NOTICE "))]
    openly = [line for line in said if line.startswith("PRIVMSG #opers")]
    answers = [line for line in openly if "was refused" not in line and "audit head" not in line]
    assert (who == 0) == bool(answers)


# --- the same with the real bot, as a program, on the demo's network -----------------------------


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage") / "network") as running:
        yield running


def _try_all(person: Person) -> None:
    for spot in SPOTS:
        person.say("#opers", spot.format("\x10r"))
        person.say("BackupServ", spot.format("\x10n"))


@pytest.mark.parametrize("account", ["alice", ""], ids=["by who may", "by who may not"])
def test_the_real_bot_joins_no_other_channel(stage: Stage, account: str) -> None:
    """On the demo's network; afterwards it still answers."""
    with somebody(stage, "alice", account=account, oper=bool(account)) as person:
        _try_all(person)
        with somebody(stage, "carol", account="carol") as carol:
            carol.say("#opers", "!help restore user")
            carol.wait("PRIVMSG #opers :.* bring an account back", 60)
    assert set(stage.ircd.channels) == {"#opers"}
