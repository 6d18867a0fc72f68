"""A drill of everything: in the order of a recovery, out of a copy, with nothing living touched."""

from dataclasses import replace

from core.ports import Progress
from tests.core.operations.recovery.network import Network
from tests.core.operations.test_drill import Living


def test_everything_comes_back_beside_the_living_in_order_and_is_timed(saved: Network, progress: Progress) -> None:
    """Logs are left out, as a recovery leaves them; each source has a report of its own."""
    saved.engine.sites = (replace(saved.engine.site, boot=Living()),)
    before, diary = saved.contents(), list(saved.diary)
    made = saved.engine.drill("all", storage="copy", progress=progress)
    assert made.verdict == "proven", made
    assert [step.name for step in made.steps] == ["config", "users", "certificates", "services", "ircd"]
    assert made.detail == "5 sources as saved"
    assert str(made).startswith("DRILL ok all from copy: config 0.0s · ")
    assert {report.source for report in saved.engine.drills()} == {"all", *(step.name for step in made.steps)}
    assert (saved.contents(), saved.diary) == (before, diary)
    assert not (saved.folder / "state" / "drill").exists()
    assert saved.engine.objectives()[-1].recovery == "drill 0.0s (target 1d)"
    run = saved.engine.runs.last("drill", "all")
    assert run is not None
    assert run.good


def test_what_nobody_booted_is_not_called_good(saved: Network, progress: Progress) -> None:
    """All came back, and one was only read: that is no fault, and does not say how long everything takes either."""
    made = saved.engine.drill("all", storage="copy", progress=progress)
    assert (made.verdict, made.untried) == ("unchecked", True)
    told = "5 sources as saved, of which services was read and not booted: no rehearsal is configured"
    assert made.detail == told
    assert str(made).startswith("DRILL could not be done all from copy: ")
    assert saved.engine.objectives()[-1].recovery == "never drilled"


def test_one_source_that_does_not_come_back_fails_the_whole_and_stops_no_other(
    saved: Network, progress: Progress
) -> None:
    saved.engine.sites = (replace(saved.engine.site, boot=Living()),)
    piece = next((saved.folder / "copy").rglob("*config*/**/*.age"), None) or next(
        path for path in (saved.folder / "copy").rglob("*.tar.zst.age") if "config" in str(path)
    )
    piece.write_bytes(piece.read_bytes()[:-40])
    made = saved.engine.drill("all", storage="copy", progress=progress)
    assert made.verdict == "damaged"
    assert made.detail.startswith("config: ")
    verdicts = {report.source: report.verdict for report in saved.engine.drills()}
    assert verdicts == {
        "all": "damaged", "config": "damaged", "users": "proven", "certificates": "proven", "services": "proven",
        "ircd": "proven",
    }  # fmt: skip


def test_a_source_that_was_never_copied_is_missed(saved: Network, progress: Progress) -> None:
    """A recovery out of that copy would lack it, however good the rest is."""
    saved.engine.sites = (replace(saved.engine.site, boot=Living()),)
    for path in (saved.folder / "copy").rglob("manifests/users/*.json"):
        path.unlink()
    made = saved.engine.drill("all", storage="copy", progress=progress)
    assert made.verdict == "damaged"
    assert made.detail == "users: it was never saved"
