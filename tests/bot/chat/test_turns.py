"""One person's flood delays nobody else, and has an end."""

import asyncio

from bot.chat.turns import Turns


async def test_who_floods_waits_and_the_others_are_served() -> None:
    turns, gate, begun = Turns(), asyncio.Event(), list[str]()

    def work(who: str) -> bool:
        async def do() -> None:
            begun.append(who)
            await gate.wait()

        return turns.ask(who, do)

    assert sum(work("mallory") for _ in range(100)) == 11
    assert all(work("alice") for _ in range(2))
    await asyncio.sleep(0)
    assert begun == ["mallory"] * 3 + ["alice"] * 2
    assert turns.waits("mallory")
    assert not turns.waits("alice")
    gate.set()
    await asyncio.sleep(0.01)
    assert begun.count("mallory") == 11
    assert not turns.waits("mallory")


async def test_who_waits_takes_turns() -> None:
    turns, begun = Turns(at_once=1), list[str]()

    def work(who: str) -> None:
        async def do() -> None:
            begun.append(who)
            await asyncio.sleep(0)

        turns.ask(who, do)

    for who in ("a", "a", "a", "b", "c"):
        work(who)
    await asyncio.sleep(0.01)
    assert begun == ["a", "a", "b", "c", "a"]


async def test_what_nobody_waits_for_any_more_gives_its_place_to_who_comes_back() -> None:
    turns, gone = Turns(at_once=1), False

    async def do() -> None:
        await asyncio.sleep(0)

    assert sum(turns.ask("alice", do, lambda: gone) for _ in range(20)) == 9
    assert turns.forget("alice") == 0
    gone = True
    assert turns.forget("alice") == 8
    assert not turns.waits("alice")
    assert turns.ask("alice", do)
    assert turns.forget("nobody") == 0


async def test_all_together_are_bounded_and_a_failure_frees_its_place() -> None:
    turns = Turns(at_once=1)

    async def fail() -> None:
        await asyncio.sleep(0)
        raise RuntimeError

    assert sum(turns.ask(f"nick{number}", fail) for number in range(500)) == 61
    reached_the_loop: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda *context: reached_the_loop.append(context))
    await asyncio.sleep(0.05)
    assert turns.ask("nick", fail)
    assert not reached_the_loop


async def test_who_is_stopped_begins_nothing_more() -> None:
    turns, begun = Turns(at_once=1), list[str]()

    async def do() -> None:
        begun.append("x")
        await asyncio.Event().wait()

    assert turns.ask("alice", do)
    assert turns.ask("alice", do)
    await asyncio.sleep(0)
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert begun == ["x"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
