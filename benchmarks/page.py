"""How long the status page takes in Chromium, and how large it is: with no snapshot, with one, and with very many."""

import argparse
import json
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.bot.http.browser import chromium, reader
from tests.bot.http.shelves import engine_with, served, status_pages, with_drills, with_incidents

RESULTS = Path(__file__).with_name("results-page.json")
NUMBERS, PATHS = (0, 1, 5_000), ("/", "/sources/services")
MOST_MILLISECONDS, MOST_BYTES = 300, 300_000
# From the first byte asked for to the last one there; then until the browser has drawn it. And all that came with it.
_TIMES = """() => {
  const page = performance.getEntriesByType('navigation')[0];
  const all = performance.getEntries().filter(one => 'transferSize' in one);
  const sum = name => all.reduce((total, one) => total + one[name], 0);
  return [page.responseEnd, page.loadEventEnd, sum('transferSize'), sum('decodedBodySize')];
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Many of one page, each by a browser that has kept nothing of it."""

    snapshots: int
    path: str
    looking: str  # "known": what is shown was found before; "anew": it is looked for at every visit
    answered: tuple[float, ...]  # milliseconds until the whole page had come
    drawn: tuple[float, ...]  # milliseconds until it was drawn
    sent: int  # bytes on the wire, with the stylesheet
    unpacked: int

    @property
    def met(self) -> bool:
        """Whether it was soon enough, as a rule, and small enough."""
        return statistics.median(self.drawn) <= MOST_MILLISECONDS and self.unpacked <= MOST_BYTES


def measure(numbers: Sequence[int] = NUMBERS, *, visits: int = 20) -> list[Visits]:
    """Every page with each number of snapshots."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        return [
            found
            for number in numbers
            for looking in ("known", "anew")
            for found in _measure(number, looking, browser, Path(folder, f"{looking}-{number}"), visits)
        ]


def _measure(number: int, looking: str, browser: Browser, folder: Path, visits: int) -> list[Visits]:
    engine = with_incidents(with_drills(engine_with(number, folder)), "services have not saved for 20 minutes")
    lasts = 1e6 if looking == "known" else 0.0
    with served(status_pages(engine, lasts=lasts)) as address:
        return [_visit(browser, address, path, number, looking=looking, visits=visits) for path in PATHS]


def _visit(browser: Browser, address: str, path: str, number: int, *, looking: str, visits: int) -> Visits:
    found = []
    for _ in range(visits + 1):  # the first one pays for the browser's own start
        with reader(browser) as window:
            window.go(f"{address}{path}")
            found.append(window.page.evaluate(_TIMES))
    answered, drawn, sent, unpacked = zip(*found[1:], strict=True)
    return Visits(
        snapshots=number,
        path=path,
        looking=looking,
        answered=tuple(answered),
        drawn=tuple(drawn),
        sent=max(sent),
        unpacked=max(unpacked),
    )


def show(found: Sequence[Visits]) -> None:
    """For people."""
    print(f"{'snapshots':>9}  {'page':<19}{'':<7}{'answered, drawn (median, longest)':>36}{'sent':>9}{'unpacked':>10}")
    for item in found:
        times = "  ".join(f"{statistics.median(some):.0f} {max(some):.0f} ms" for some in (item.answered, item.drawn))
        print(
            f"{item.snapshots:>9,}  {item.path:<19}{item.looking:<7}{times:>36}"
            f"{item.sent / 1000:>6.1f} kB{item.unpacked / 1000:>7.1f} kB  {'met' if item.met else 'NOT MET'}"
        )


def main() -> None:
    """Measure, show, and keep the figures beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--visits", type=int, default=20, help="of each page")
    parser.add_argument("--json", action="store_true", help="figures for machines")
    asked = parser.parse_args()
    found = measure(visits=asked.visits)
    text = json.dumps([asdict(item) for item in found], indent=1)
    RESULTS.write_text(text + "\n")
    if asked.json:
        print(text)
    else:
        show(found)


if __name__ == "__main__":
    main()
