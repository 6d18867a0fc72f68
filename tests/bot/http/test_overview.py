"""What the page says: nobody's text is markup, nothing private is shown, and nothing grave is called well."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as some

from bot.chat.timetable import Row
from bot.http.drawing import draw_page
from bot.http.known import Known, Place
from bot.http.overview import NEWEST, draw, show_seconds
from core.domain.drill import DrillReport, Step
from core.domain.notice import Gravity, Trouble
from core.domain.objective import Measured, Objective, Recovered
from core.domain.run import Run
from core.domain.score import score
from core.domain.snapshot import Snapshot
from core.notices.incident import Incident, acked
from core.repository.ledger import Proof

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class _Structure(HTMLParser):
    """Which elements with which attributes, whatever they hold."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))
        self.text += " " * (tag in {"td", "th", "p", "caption"})

    def handle_data(self, data: str) -> None:
        self.text += data


def _snapshot(source: str, reason: str, number: int = 1) -> Snapshot:
    return Snapshot(
        id=f"20261123T0900{number % 60:02}Z-aaaaaa",
        source=source,
        kind="atheme",
        taken_at=NOW - timedelta(minutes=number),
        saved_at=NOW,
        sequence=number,
        predecessor="",
        size=1000,
        digest="",
        key="k",
        stored_size=300,
        stored_digest="",
        reason=reason,
        counts={"accounts": 7},
    )


def _incident(title: str, gravity: Gravity = "error") -> Incident:
    trouble = Trouble(cause="a/b", gravity=gravity, title=title, suggestion=title)
    return Incident(trouble=trouble, opened_at=NOW, seen_at=NOW, told_at=NOW, told_gravity=gravity)


def _known(text: str, name: str = "") -> Known:
    """Everything that others write says `text`, names too unless they are given."""
    name = name or text
    return Known(
        now=NOW,
        ok=False,
        line=f"LOOK  {text}",
        troubles=(text,),
        snapshots=[_snapshot(name, text)],
        proofs={
            _snapshot("", "").id: Proof(
                snapshot_id="x", level=1, verdict="damaged", at=NOW, detail=text, storage="disk"
            )
        },
        places=(Place(name=name, standing=name, is_copy=True, proven=0, proven_at=None),),
        runs=(Run(verb="backup", what=name, at=NOW, seconds=1, good=False, detail=text),),
        incidents=(_incident(text),),
    )


def _pages(known: Known, network: str = "TestNet", trouble: str = "gone") -> list[_Structure]:
    overview = draw(known)
    shown = {"network": network, "host": network, "age": 3, "every": 0, "path": "/", "overview": overview}
    return [
        _Structure(draw_page("status.html", trouble=trouble, **shown)),
        _Structure(draw_page("source.html", trouble=trouble, source=overview.sources[0], **shown)),
    ]


HOSTILE = some.one_of(
    some.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onfocus='alert(1)' autofocus='",
            "]]></svg><svg onload=alert(1)>",
            "{{ 7 * 7 }}{% raw %}",
            "<!--",
            "javascript:alert(1)",
            "\udcff</title>",
        ]
    ),
    some.text(some.characters(exclude_characters="`·", codec="utf-8"), min_size=1, max_size=40),
)


@given(HOSTILE)
@settings(max_examples=60)
def test_nobodys_text_is_markup(text: str) -> None:
    """Whatever a source, a reason, an incident, a failure says: the page has the same elements and attributes."""
    text = f"x{text.encode(errors='replace').decode()}"
    expected = [page.found for page in _pages(_known("plain"))]
    assert [page.found for page in _pages(_known(text), text, text)] == expected


def test_a_template_in_a_text_is_not_carried_out() -> None:
    assert "{{ 7 * 7 }}" in _pages(_known("{{ 7 * 7 }}"))[0].text


def test_nothing_private_is_shown() -> None:
    """Addresses, hostmasks, hashes, whole paths: whoever reads over a shoulder learns none."""
    private = "bob!u@host.example.org 203.0.113.7 bob@example.org /var/lib/backupserv/secret/services.db"
    for page in _pages(_known(private, "services")):
        assert "(a hostmask)" in page.text
        for text in ("host.example.org", "203.0.113.7", "bob@example.org", "/var/lib"):
            assert text not in page.text


def test_what_is_wrong_is_never_called_well() -> None:
    """An open incident is something to do, even where copies are as they should be."""
    well = Known(now=NOW, ok=True, line="OK  services saved 1m ago", sources=(("services", "atheme"),))
    assert draw(well).headline == "OK: nothing to do"
    grave = Known(now=NOW, ok=True, line="OK", incidents=(_incident("full"), _incident("told", "info")))
    assert draw(grave).headline == "LOOK: 1 open incident"
    both = Known(now=NOW, ok=False, line="LOOK", troubles=("a", "b"), incidents=(_incident("x"), _incident("y")))
    assert draw(both).headline == "LOOK: 2 things to do, 2 open incidents"
    assert draw(Known(now=NOW, ok=False, line="LOOK")).headline.startswith("LOOK")


def _job(name: str, **told: object) -> Row:
    fields = {"begun_at": None, "ended_at": None, "good": None, "detail": "", "next_at": NOW + timedelta(hours=2)}
    fields |= {"paused_until": None, "paused_by": "", "what": "backup", "when": "@hourly", "zone": "UTC"}
    return Row(job=name, **(fields | told))  # type: ignore[arg-type]  # as a row has them


def _drill(source: str, verdict: Literal["proven", "damaged", "unchecked"], seconds: float) -> DrillReport:
    return DrillReport(
        id=source,
        source=source,
        snapshot="",
        storage="",
        at=NOW,
        seconds=seconds,
        steps=(Step(name="fetched", seconds=seconds),),
        verdict=verdict,
        detail="",
        target=60,
    )


def test_whatever_may_be_known_is_told() -> None:
    """Jobs that never ran, run, failed, pause; drills that failed or could not be done; people at work."""
    objective = Objective()
    well = Incident(**asdict(_incident("was slow")) | {"trouble": _incident("was slow").trouble, "well_since": NOW})
    known = Known(
        now=NOW,
        ok=False,
        line="LOOK  incident 7Q2F open since 2026-11-23 09:30Z: channels vanish",
        case="incident 7Q2F open since 2026-11-23 09:30Z: channels vanish",
        snapshots=[replace(_snapshot("services", "asked by alice"), held="far fewer accounts")],
        incidents=(well, acked(_incident("is slow"), "alice", NOW)),
        jobs=(
            _job("last", next_at=None),
            _job("runs", begun_at=NOW),
            _job("fails", begun_at=NOW, ended_at=NOW, good=False, detail="the disk is full"),
            _job("rests", begun_at=NOW, ended_at=NOW, good=True, paused_until=NOW, paused_by="bob"),
        ),
        uncovered=("logs",),
        objectives=(
            Measured(what="services", objective=objective, age_seconds=None, window_seconds=None, recovered=None),
            Measured(
                what="network",
                objective=objective,
                age_seconds=9000,
                window_seconds=9000,
                recovered=Recovered(by="drill", at=NOW, seconds=41, good=True),
            ),
        ),
        score=score([], errors=[], proven=False),
        drills=(_drill("all", "proven", 0), _drill("services", "damaged", 41), _drill("logs", "unchecked", 9)),
    )
    page = " ".join(_pages(known, trouble="")[0].text.split())
    for said in (
        "LOOK: people are at work on it, 1 open incident",
        "channels vanish",
        "held back newest 1m ago",
        "(acknowledged)",
        "(well since 0s ago)",
        "never last backup not yet",
        "began 0s ago",
        "failed 0s ago the disk is full",
        "paused",
        "No job saves logs.",
        "services not known (target 1h) everything not known (target 1h)",
        "network 2h 30m of 1h 2h 30m 41s of 1h",
        "3-2-1-1-0: 0 of 5",
        "Everything from nowhere",
        "failed 0s ago 41s in all; it should be back within 1m",
        "could not be done",
    ):
        assert said in page, said
    assert "alice" not in page
    assert "bob" not in page


def test_a_list_is_of_the_newest_and_a_source_without_any_is_named() -> None:
    known = Known(
        now=NOW,
        ok=True,
        line="OK",
        sources=(("services", "atheme"), ("empty", "files")),
        snapshots=[_snapshot("services", "", number) for number in range(300, 0, -1)],
    )
    services, empty = draw(known).sources
    assert len(services.rows) == NEWEST
    assert services.rows[0].snapshot.sequence == 1
    assert (services.number, empty.number, empty.kind, empty.newest) == (300, 0, "files", None)


def test_failures_stay_among_what_ran_lately() -> None:
    """Ten good saves do not hide that one an hour ago came to nothing."""
    runs = [
        Run(verb="backup", what="services", at=NOW - timedelta(minutes=number), seconds=1, good=number != 50)
        for number in range(60, 0, -1)
    ]
    lately = draw(Known(now=NOW, ok=True, line="OK", runs=tuple(runs))).lately
    assert [run.good for run in lately] == [True] * 8 + [False]


def test_seconds_are_told_as_people_do() -> None:
    assert [show_seconds(seconds) for seconds in (0.84, 200, 7500)] == ["0.8 s", "3m 20s", "2h 5m"]
