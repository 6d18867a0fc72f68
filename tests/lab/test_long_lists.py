"""Twenty pages of a list on real servers with the limits that they come with: slow, whole, and never killed for it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator

import pytest

from bot.irc.events import Disconnected, Joined
from bot.irc.outbox import Priority
from bot.settings import IrcSettings
from tests.conftest import require
from tests.fakes_irc import connected
from tests.lab.fixture import running_lab
from tests.lab.network import Ircd, Lab
from tests.lab.person import Person

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

_SECONDS = float(os.environ.get("BACKUPSERV_LONG_LIST_SECONDS", "25"))  # 400 hears all of it
_LINES = 20 * 12


def _as_it_comes(lab: Lab) -> None:
    """The servers' own defaults, where the lab is kinder."""
    kinder = {
        "inspircd": ('recvq="64k" threshold="20"', 'recvq="8192" threshold="10"'),
        "ngircd": ("MaxPenaltyTime = 0", "MaxPenaltyTime = -1"),
    }[lab.ircd]
    path = lab.folder / f"{lab.ircd}.conf"
    text = path.read_text()
    assert kinder[0] in text
    path.write_text(text.replace(*kinder))


@pytest.fixture(scope="module", params=["inspircd", "ngircd"])
def strict(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A server as strict as it comes."""
    ircd: Ircd = request.param
    require(ircd, "atheme-services")
    with running_lab(ircd, _as_it_comes) as network:
        yield network


def _settings(lab: Lab) -> IrcSettings:
    """Without `lines_per_second`: the server's version says how fast."""
    tls = {"ca_file": str(lab.ca)}
    return IrcSettings.model_validate({"server": "localhost", "port": lab.tls_port, "channel": "#opers", "tls": tls})


async def test_twenty_pages_are_heard_in_order_and_nobody_is_killed(strict: Lab) -> None:
    """And an alert in the middle of them is heard at once."""
    with await asyncio.to_thread(Person, "bob", strict.tls_port, strict.ca) as bob:
        await _hears_all(strict, bob)


async def _hears_all(strict: Lab, bob: Person) -> None:
    async with connected(_settings(strict)) as bot:
        await bot.wait(Joined, 20)
        bob.send("JOIN #opers")
        await asyncio.to_thread(bob.wait, " 366 ")
        for number in range(_LINES):
            bot.connection.notice("bob", f"{number} {'x' * (number % 400)}", priority=Priority.LIST)
        await asyncio.sleep(2)
        began = time.monotonic()
        bot.connection.say("#opers", "alert", priority=Priority.ALERT)
        await asyncio.to_thread(bob.wait, "PRIVMSG #opers :alert", 12)
        assert time.monotonic() - began < 10
        await _heard_enough(bob)
        assert not [event for event in bot.events if isinstance(event, Disconnected)]
        notices = [line for line in bob.heard if line.startswith(":BackupServ") and " NOTICE bob :" in line]
        numbers = [int(line.partition(" :")[2].split()[0]) for line in notices]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= min(_LINES, _SECONDS / 4)


async def _heard_enough(bob: Person) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and not any(f":{_LINES - 1} " in line for line in bob.heard[-3:]):
        with contextlib.suppress(AssertionError):
            await asyncio.to_thread(bob.wait, f"NOTICE bob :{_LINES - 1} ", 2)


def test_who_says_it_all_at_once_is_killed(strict: Lab) -> None:
    """So the test above would notice. ngIRCd kills nobody; it only reads slowly."""
    if strict.ircd == "ngircd":
        pytest.skip("it does not kill for that")
    # Killed while still speaking, or told so by the server: either is the end of it.
    ended = pytest.raises((AssertionError, OSError), match=r"RecvQ exceeded|disconnected|EOF|reset|[Bb]roken pipe")
    with Person("mallory", strict.tls_port, strict.ca) as mallory, ended:
        _say_and_listen(mallory)


def _say_and_listen(mallory: Person) -> None:
    mallory.send("\r\n".join(f"NOTICE mallory :{number} {'x' * 200}" for number in range(_LINES)))
    mallory.wait("NOTICE mallory :239 ", 30)
