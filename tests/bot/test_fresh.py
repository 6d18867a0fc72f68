"""What takes long to find out: nobody waits for it, and one look serves all who ask."""

import asyncio

from bot.fresh import Fresh


async def test_nobody_waits_for_a_slow_look_and_there_is_one_at_a_time() -> None:
    """The last value is shown meanwhile; a hundred readers make no hundred looks."""
    may_end, looks, time = asyncio.Event(), [], [0.0]

    async def look() -> int:
        looks.append(1)
        await may_end.wait()
        return len(looks)

    fresh = Fresh(look, lasts=10, patience=0.01, monotonic=lambda: time[0])
    assert await asyncio.gather(*(fresh.get() for _ in range(100))) == [None] * 100
    assert len(looks) == 1
    may_end.set()
    assert fresh._looking is not None
    await fresh._looking
    time[0] = 9.9
    assert await fresh.get() == 1
    time[0] = 10.0
    may_end.clear()
    assert await fresh.get() == 1
    assert (len(looks), fresh.age()) == (2, 10.0)
    may_end.set()
    await fresh._looking
    assert await fresh.get() == 2


async def test_a_look_that_takes_long_begins_when_the_reader_has_been_answered() -> None:
    """Else the two would share the processor, and the reader would wait for both."""
    looks, time = [], [0.0]

    async def look() -> int:
        looks.append(1)
        time[0] += 0.5
        return len(looks)

    fresh = Fresh(look, lasts=0, patience=0.2, monotonic=lambda: time[0])
    assert await fresh.get() == 1
    assert await fresh.get() == 1
    assert len(looks) == 1
    assert fresh._looking is not None
    await fresh._looking
    assert len(looks) == 2


async def test_who_is_stopped_in_the_moment_of_the_answer_stops() -> None:
    """Whoever asks again and again would else never end."""
    for moment in range(8):
        found = asyncio.Event()
        fresh = Fresh(found.wait, lasts=10, patience=60)
        asking = asyncio.create_task(fresh.get())
        await asyncio.sleep(0.01)
        found.set()
        for _ in range(moment):
            await asyncio.sleep(0)
        if asking.cancel():
            await asyncio.wait({asking})
            assert asking.cancelled(), f"after {moment} turns of the loop"
