"""What is at work can be seen, and called off where nothing is left half-done."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from bot.chat.agreement import Agreements
from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.command import Command, Desk, Request
from bot.chat.dispatcher import Dispatcher, Line
from bot.chat.reply import Reply
from bot.chat.worker import Worker
from bot.commands import cancel, jobs


async def _work(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    """Steps, for ever or until called off."""
    del desk
    for number in range(200):
        request.progress.step(f"step {number // 100}")
        await asyncio.sleep(0.01)
    yield Reply("done")


def _command(word: str, *, settles: bool) -> Command:
    return Command(words=(word,), role=Role.VIEW, usage="", summary="x", example=f"!{word}", run=_work, settles=settles)


class Channel:
    """A dispatcher, and what it says to whom."""

    def __init__(self) -> None:
        commands = (_command("work", settles=False), _command("restoring", settles=True), jobs.COMMAND, cancel.COMMAND)
        unused = cast("Worker", None), cast("Agreements", None)
        self.dispatcher = Dispatcher(Desk(worker=unused[0], agreements=unused[1], commands=commands))

    async def say(self, nick: str, text: str) -> list[str]:
        async def admit(scrutiny: Scrutiny, role: Role) -> Actor | None:
            del scrutiny, role
            return Actor(name=nick, roles=frozenset(Role), proof="test")

        line = Line(nick=nick, text=text, in_channel=True)
        return [reply.text async for reply in self.dispatcher.answer(line, admit)]


async def test_a_job_is_seen_with_its_step_and_ends_at_the_next_one() -> None:
    channel = Channel()
    assert await channel.say("carol", "!jobs") == ["nothing is at work"]
    work = asyncio.create_task(channel.say("alice", "!work"))
    await asyncio.sleep(0.05)
    assert await channel.say("carol", "!jobs") == ["job 2: !work by alice, for 0s · step 0 · !cancel 2"]
    assert await channel.say("carol", "!cancel 2") == ["job 2 (!work by alice) ends at its next step"]
    assert await work == ["!work: stopped by carol — what was finished before stays"]
    assert await channel.say("carol", "!jobs") == ["nothing is at work"]


async def test_what_changes_what_lives_runs_to_its_end() -> None:
    channel = Channel()
    work = asyncio.create_task(channel.say("alice", "!restoring"))
    await asyncio.sleep(0.05)
    (line,) = await channel.say("carol", "!jobs")
    assert "runs to its end" in line
    (refused,) = await channel.say("carol", "!cancel 1")
    assert "cannot be stopped" in refused
    assert (await work)[-1] == "done"


async def test_a_number_that_is_no_job_is_answered() -> None:
    channel = Channel()
    for number in ("7", "x", "9" * 50, "-1", "²"):
        (answer,) = await channel.say("carol", f"!cancel {number}")
        assert "no job of that number is at work" in answer
    (usage,) = await channel.say("carol", "!cancel")
    assert usage == "usage: !cancel JOB. For example: !cancel 12"
