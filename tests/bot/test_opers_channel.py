"""Which lines are looked at at all: what stands elsewhere, or is nobody's own word, reaches nobody who could obey."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.command import Desk
from bot.chat.dispatcher import Dispatcher
from bot.code_desk import CodeDesk
from bot.commands import COMMANDS
from bot.doorkeeper import Doorkeeper
from bot.irc.casemap import Name, Names
from bot.irc.connection import IrcConnection
from bot.irc.messages import Message
from bot.opers_channel import OpersChannel

STATUS = Message(nick="alice", user_host="a@host.test", channel="#opers", text="!status")


class Door:
    """Stands where the doorkeeper does: remembers who asked to come in, and lets nobody."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        self.dropped: list[str] = []

    async def admit(self, message: Message, scrutiny: Scrutiny, role: Role) -> Actor | None:
        del scrutiny, role
        self.asked.append(message)
        return None

    async def write_down(self, act: str, message: Message, reason: str) -> None:
        del message
        assert act == "dropped"
        self.dropped.append(reason)


class NoCodes:
    def is_code(self, text: str) -> bool:
        del text
        return False


class Link:
    """Everybody left and came back with the line of that number."""

    changed_at = 0
    names = Names()

    def name(self, text: str) -> Name:
        return self.names.name(text)

    async def catch_up(self, verb: str, target: str) -> None:
        """Nothing waits to be said."""
        del verb, target

    def changed_since(self, nick: str, serial: int) -> bool:
        del nick
        return serial < self.changed_at


def _seat(door: Door, link: Link, channel: str = "#opers") -> OpersChannel:
    return OpersChannel(
        dispatcher=Dispatcher(Desk(worker=cast("Any", None), agreements=cast("Any", None), commands=COMMANDS)),
        doorkeeper=cast("Doorkeeper", door),
        codes=cast("CodeDesk", NoCodes()),
        connection=cast("IrcConnection", link),
        channel=channel,
    )


async def _looked_at(message: Message) -> bool:
    door = Door()
    await _seat(door, Link()).hear(message)
    await asyncio.sleep(0.01)
    return bool(door.asked)


@pytest.mark.parametrize(("casemapping", "is_ours"), [("rfc1459", True), ("ascii", False)])
async def test_whether_two_names_are_one_channel_the_network_says(casemapping: str, is_ours: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    """#ops[ and #ops{ are one channel by RFC 1459, and two where the server says "ascii"."""
    door, link = Door(), Link()
    link.names = Names()
    link.names.set_casemapping(casemapping)
    await _seat(door, link, "#ops[").hear(replace(STATUS, channel="#ops{"))
    await asyncio.sleep(0.01)
    assert bool(door.asked) is is_ours


@pytest.mark.parametrize("channel", ["#opers", "#OPERS", None])
async def test_what_is_said_to_us_is_looked_at(channel: str | None) -> None:
    assert await _looked_at(replace(STATUS, channel=channel))


@pytest.mark.parametrize("channel", ["#other", "#opers2", "&opers", "#"])
async def test_what_is_said_in_another_channel_is_not_looked_at(channel: str) -> None:
    """Somebody may have dragged the bot there, where an oper quotes a command."""
    assert not await _looked_at(replace(STATUS, channel=channel))


@pytest.mark.parametrize("mark", ["is_own", "is_history", "from_bot", "relayed"])
async def test_an_echo_a_replay_a_bot_and_a_bridge_are_not_looked_at(mark: str) -> None:
    changes: dict[str, Any] = {mark: True}
    assert not await _looked_at(replace(STATUS, **changes))
    assert not await _looked_at(replace(STATUS, channel=None, **changes))


@pytest.mark.parametrize("text", ["status", "alice: !status", " !status", "!", "!!status", "! status", "!5", ""])
async def test_ordinary_talk_is_not_looked_at(text: str) -> None:
    assert not await _looked_at(replace(STATUS, text=text))


async def test_who_floods_leaves_and_comes_back_is_heard_at_once() -> None:
    """What they said before is refused anyway: it takes no place from what they say now, and is written down."""
    door, link = Door(), Link()
    seat = _seat(door, link)
    for _ in range(11):
        await seat.hear(replace(STATUS, serial=1))
    assert door.dropped == []
    await seat.hear(replace(STATUS, serial=2))
    assert len(door.dropped) == 1
    link.changed_at = 3
    again = replace(STATUS, serial=3)
    await seat.hear(again)
    await asyncio.sleep(0.05)
    assert door.asked[-1] == again
    assert len(door.asked) == 4
    assert door.dropped[-1].startswith("9 commands in all")
