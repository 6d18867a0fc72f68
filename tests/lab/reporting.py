"""A small program that reports as the bot does: `python -m tests.lab.reporting FOLDER`.

It is slow to start, the first time, and slow to stop. At SIGUSR1 its loop hangs for good.
"""

import asyncio
import contextlib
import faulthandler
import signal
import sys
import time
from pathlib import Path

from bot.systemd import Report

_SLOW = 3.0  # seconds, which is longer than its unit allows


async def main(folder: Path) -> None:
    doing = ["looking round"]
    report = Report(lambda: doing[0])
    reporting = asyncio.create_task(report.run())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, time.sleep, 3600)
    if not (folder / "started").exists():
        await asyncio.sleep(_SLOW)
    (folder / "started").touch()
    doing[0] = "in #opers"
    report.up()
    await stop.wait()
    report.stopping()
    await asyncio.sleep(_SLOW)
    (folder / "ended").write_text("whole")
    reporting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reporting


if __name__ == "__main__":
    faulthandler.enable()
    asyncio.run(main(Path(sys.argv[1])))
