"""The benchmarks measure what they say: towns as services write them, and a restore that happens."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.page import measure as measure_page
from benchmarks.reading import WORKS, measure, measure_start
from benchmarks.restore import measure as measure_restore
from benchmarks.town import make_town, somebody_with_much
from core.domain.casemapping import Casemapping
from core.domain.finding import Severity
from core.formats.atheme import check, counts, lookup, parse
from tests.conftest import require

MOST_MEGABYTES = 400  # what a network of 50,000 accounts may take


@pytest.mark.parametrize("casemapping", ["rfc1459", "ascii"])
def test_a_town_is_as_services_write_it(casemapping: Casemapping) -> None:
    """Nothing in it would keep services from starting or be lost, also after a drop and five minutes of life."""
    town = make_town(400)
    before = town.render()
    name = somebody_with_much(town)
    town.drop(name)
    town.live()
    after = town.render()
    for content in (before, after):
        found = [item for item in check(content, casemapping=casemapping) if item.severity > Severity.WARNING]
        assert not found
    assert lookup(parse(before), name, casemapping) == name
    assert lookup(parse(after), name, casemapping) is None
    assert counts(parse(before))["accounts"] == 400
    assert 0 < len(set(before.split(b"\n")) - set(after.split(b"\n"))) < 200


def test_a_town_is_always_the_same() -> None:
    """Figures of two days can be compared."""
    assert make_town(200).render() == make_town(200).render()


def test_a_large_network_is_read_and_checked_in_bounded_memory(tmp_path: Path) -> None:
    """50,000 accounts, 550,000 rows: the memory of a program that does nothing else."""
    subprocess.run([sys.executable, "-m", "benchmarks.town", str(tmp_path)], check=True)
    for work in WORKS:
        figures = measure(work, tmp_path / "before.db")
        assert figures["bytes"] > 38_000_000
        assert figures["rows"] > 540_000
        assert figures["peak_megabytes"] < MOST_MEGABYTES


@pytest.mark.parametrize("real", [False, True], ids=["stand-in", "real"])
@pytest.mark.xdist_group("lab")
def test_a_restore_is_measured_step_by_step(*, real: bool) -> None:
    """What takes time while services are down is told apart."""
    if real:
        require("atheme-services")
    result = measure_restore(300, real=real)
    assert 0 < result.stop + result.rehearsal < result.down < result.restore
    assert (result.rehearsal > 0) is real
    assert result.steps
    assert {"stop services", "check", "start services"} <= {call.name for call in result.calls}


def test_the_start_that_is_measured_is_one_that_works() -> None:
    assert 0 < measure_start(runs=1) < 60


def test_the_status_page_is_measured_as_a_browser_sees_it() -> None:
    require("chromium")
    for visits in measure_page([1], visits=1):
        assert 0 < visits.answered[0] < visits.drawn[0]
        assert 0 < visits.sent < visits.unpacked < 100_000
