"""How late the event loop comes while the engine works in its thread. As a program: on a configuration, one backup."""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable
from pathlib import Path

from benchmarks.stopwatch import Silent
from bot.chat.worker import Worker
from bot.config import load
from bot.wiring import build_engine

_TICK = 0.010  # seconds
_IDLE = 1.0  # seconds of doing nothing, to know what the machine itself costs


async def measure(config: Path) -> dict[str, float]:
    """Milliseconds by which a tick came too late, first at rest, then during a backup."""
    worker = Worker(build_engine(load(config)))
    at_rest = await _late_while(asyncio.sleep(_IDLE))
    began = time.monotonic()
    at_work = await _late_while(worker.do(lambda engine: engine.back_up(reason="benchmark", progress=Silent())))
    seconds = time.monotonic() - began
    return {
        "seconds": round(seconds, 2),
        "ticks": len(at_work),
        "rest_99th_milliseconds": _percentile(at_rest, 99),
        "median_milliseconds": _percentile(at_work, 50),
        "99th_milliseconds": _percentile(at_work, 99),
        "worst_milliseconds": round(max(at_work) * 1000, 2),
    }


async def _late_while(work: Awaitable[object]) -> list[float]:
    """How many seconds late each tick came until the work was done."""
    late = []
    task = asyncio.ensure_future(work)
    while not task.done():
        before = time.monotonic()
        await asyncio.sleep(_TICK)
        late.append(time.monotonic() - before - _TICK)
    task.result()
    return late


def _percentile(values: list[float], which: int) -> float:
    return round(statistics.quantiles(values, n=100, method="inclusive")[which - 1] * 1000, 2)


def main() -> None:
    """One document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lag", description=__doc__)
    parser.add_argument("config", type=Path, help="a bot.toml; its source is saved once")
    print(json.dumps(asyncio.run(measure(parser.parse_args().config))))


if __name__ == "__main__":
    main()
