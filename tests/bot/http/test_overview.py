"""What the page says: nobody's text is markup, nothing private is shown, and nothing grave is called well."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as some

from bot.http.drawing import draw_page
from bot.http.known import Known, Place
from bot.http.overview import NEWEST, draw, show_seconds
from core.domain.notice import Gravity, Trouble
from core.domain.run import Run
from core.domain.snapshot import Snapshot
from core.notices.incident import Incident
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


def _pages(known: Known, network: str = "TestNet") -> list[_Structure]:
    overview = draw(known)
    shown = {"network": network, "host": network, "age": 3, "every": 0, "path": "/", "overview": overview}
    return [
        _Structure(draw_page("status.html", trouble=network, **shown)),
        _Structure(draw_page("source.html", trouble=network, source=overview.sources[0], **shown)),
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
    assert [page.found for page in _pages(_known(text), text)] == expected


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
