"""Who is roused in an emergency: opers with a role, a bounded number of them, with one question each."""

import asyncio
from typing import cast

from bot.access import Access
from bot.access_settings import AccessSettings
from bot.irc.connection import IrcConnection
from bot.irc.identity import Identity, Refusal
from bot.rousing import MOST, Rousing
from bot.vouches import Vouches


class Link:
    """A channel full of people; those called "oper…" are operators and logged in by their nick."""

    def __init__(self, *people: str) -> None:
        self._people = list(people)
        self.asked: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_asked = asyncio.Event()

    def people(self) -> list[str]:
        return self._people

    async def look(self, nick: str) -> Identity | Refusal:
        self.asked.append(nick)
        self.is_asked.set()
        await self.gate.wait()
        if nick == "gone":
            return Refusal("no such nick")
        return Identity(
            nick=nick, user_host="u@h", account=nick, is_oper=nick.startswith("oper"), secure=True, server="s"
        )

    def notice(self, nick: str, text: str, *, priority: int) -> None:
        del priority
        self.told.append((nick, text))


class NoVouches:
    def person(self, identity: Identity) -> str:
        del identity
        return ""


def _rousing(link: Link) -> Rousing:
    access = Access(AccessSettings(accounts=["oper1", "oper2"]))
    return Rousing(cast("IrcConnection", link), access, cast("Vouches", NoVouches()))


async def test_opers_with_a_role_are_told_and_strangers_are_not() -> None:
    link = Link("alice", "gone", "oper1", "oper2", "oper3")
    await _rousing(link).rouse(["EMERGENCY it burns", "more of it"])
    assert link.told == [
        ("oper1", "EMERGENCY it burns"),
        ("oper1", "more of it"),
        ("oper2", "EMERGENCY it burns"),
        ("oper2", "more of it"),
    ]


async def test_a_crowd_costs_so_many_questions_and_no_more() -> None:
    link = Link(*(f"nobody{number}" for number in range(500)))
    await _rousing(link).rouse(["EMERGENCY it burns"])
    assert len(link.asked) == MOST


async def test_what_comes_while_the_server_is_asked_is_told_in_one_round_more() -> None:
    link = Link("oper1")
    rousing = _rousing(link)
    link.gate.clear()
    first = asyncio.create_task(rousing.rouse(["one"]))
    await asyncio.wait_for(link.is_asked.wait(), 5)
    for text in ("two", "three", "four"):
        await rousing.rouse([text])
    link.gate.set()
    await first
    assert [text for _, text in link.told] == ["one", "two", "three", "four"]
    assert len(link.asked) == 2
