"""Hostile users on an honest server: whatever they do meanwhile, nobody is obeyed who had not the right."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.config import BotSettings
from tests.fuzz.honest import HonestServer, Somebody
from tests.fuzz.household import household
from tests.fuzz.hurried import run_hurried

NICKS = ("alice", "carol", "eve", "x")
PEOPLE = (
    Somebody(nick="alice", user_host="a@alice.host", account="alice", oper=True),
    Somebody(nick="carol", user_host="c@carol.host", account="carol", oper=True),
    Somebody(nick="eve", user_host="e@eve.host"),
    Somebody(nick="mallory", user_host="m@mallory.host", account="mallory", oper=True),
    Somebody(nick="heidi", user_host="h@heidi.host", account="alice"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What somebody does; or, without anybody, what the server comes to."""

    what: str
    who: int = 0
    nick: str = ""
    seconds: float = 0


WHO = st.integers(0, len(PEOPLE) - 1)
MOVES = st.one_of(
    st.builds(
        Move, what=st.sampled_from(["say", "say", "whisper", "come or go", "vanish or return", "deoper"]), who=WHO
    ),
    st.builds(Move, what=st.just("rename"), who=WHO, nick=st.sampled_from(NICKS)),
    st.builds(Move, what=st.just("work"), who=st.integers(1, 3), seconds=st.sampled_from([0, 0.5, 6])),
)


def _do(server: HonestServer, move: Move) -> None:
    one = server.people[move.who]
    if move.what in {"say", "whisper"}:
        server.say(one, private=move.what == "whisper")
    elif move.what == "rename":
        server.rename(one, move.nick)
    elif move.what == "come or go":
        server.come_or_go(one)
    elif move.what == "vanish or return":
        server.vanish_or_return(one)
    elif move.what == "deoper":
        one.oper = False
    else:
        server.work(move.who)


async def intrigue(home: BotSettings, moves: list[Move], *, tags: bool) -> tuple[set[str], set[str], list[str]]:
    """Who was obeyed, who might have been, and what else went wrong."""
    server = HonestServer([replace(one) for one in PEOPLE], tags=tags)
    async with household(home, server.network) as watched:
        for _ in range(6):
            server.work()
            await asyncio.sleep(1)
        for move in moves:
            _do(server, move)
            await asyncio.sleep(move.seconds)
        for _ in range(4):
            server.work()
            await asyncio.sleep(1)
        return set(watched.admitted), server.rightful, watched.verdict()


def identity(home: BotSettings) -> Callable[[], None]:
    """Intrigues without end."""

    @given(moves=st.lists(MOVES, max_size=30), tags=st.booleans())
    @example(
        moves=[Move(what="say", who=2), Move(what="rename", who=2, nick="x"), Move(what="work", who=3)], tags=False
    )
    def one_intrigue(moves: list[Move], tags: bool) -> None:  # noqa: FBT001 — hypothesis passes by name
        obeyed, rightful, wrong = run_hurried(intrigue(home, moves, tags=tags))
        assert obeyed <= rightful
        assert wrong == []

    return one_intrigue


def test_nobody_is_obeyed_who_had_not_the_right(home: BotSettings) -> None:
    """Renamed, gone, back, deopered, in private or not: the right counts that they had when they spoke."""
    settings(max_examples=60)(identity(home))()


def test_who_has_the_right_is_obeyed(home: BotSettings) -> None:
    """Or the test above would prove nothing."""
    moves = [Move(what="say", who=who) for who in range(len(PEOPLE))]
    obeyed, rightful, wrong = run_hurried(intrigue(home, moves, tags=True))
    assert obeyed == rightful == {"!status n1", "!status n2"}
    assert wrong == []
