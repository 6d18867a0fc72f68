"""Folders of logs as bots and services write them: some channels, a file a day each, the newest still growing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.town import TODAY
from benchmarks.words import Words

_CHANNELS = 16
_DAYS = 8
_DID = ("says", "joined", "left", "quit (Ping timeout)", "set mode +v on", "LOGIN", "REGISTER", "INFO", "IDENTIFY")


class Logs:
    """A folder of `channel/date.log`. The same for the same size."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._chance = Random(1)
        words = Words(self._chance)
        self._people = [words.nick().decode() for _ in range(5_000)]
        self._said = [words.sentence(14).decode() for _ in range(20_000)]
        self._now = datetime.fromtimestamp(TODAY, UTC) - timedelta(days=_DAYS)

    def fill(self, size: int) -> None:
        """That many bytes in all."""
        each = size // (_CHANNELS * _DAYS)
        for _ in range(_DAYS):
            self._now += timedelta(days=1)
            for path in self._newest():
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("w") as file:
                    while file.tell() < each:
                        file.write(self._lines(500))

    def append(self, lines: int) -> None:
        """Five minutes: that many lines more in every channel's newest file."""
        self._now += timedelta(minutes=5)
        for path in self._newest():
            with path.open("a") as file:
                file.write(self._lines(lines))

    def _newest(self) -> list[Path]:
        return [self.folder / f"channel{number:02}" / f"{self._now:%Y-%m-%d}.log" for number in range(_CHANNELS)]

    def _lines(self, number: int) -> str:
        """Lines of the minutes to come."""
        chance = self._chance
        began = self._now.replace(microsecond=0)
        times = sorted(chance.choices(range(300), k=number))
        whole = zip(
            times,
            chance.choices(self._people, k=number),
            chance.choices(_DID, k=number),
            chance.choices(self._said, k=number),
            strict=True,
        )
        clock = [f"{began + timedelta(seconds=second):%Y-%m-%d %H:%M:%S}" for second in range(300)]
        return "".join(f"[{clock[second]}] <{who}> {did} {said}\n" for second, who, did, said in whole)
