"""A drill of a database: fetched, opened, read, booted or opened by SQLite, asked, saved back, compared."""

from collections.abc import Iterator, Mapping
from itertools import islice

from core.domain.drill import as_saved
from core.domain.errors import RehearsalFailed
from core.domain.finding import Severity
from core.domain.size import show_size
from core.formats.atheme import parse
from core.formats.sqlite import is_sqlite
from core.operations.drilling.course import Course, Ending
from core.operations.drilling.tables import live_in_sqlite
from core.operations.site import Site
from core.program_ports import Boot, Booted, Question
from core.registrations.words import plural
from core.repository.fetching import Fetched

_TIMES = 3  # what is restored, what is saved back, and what is half written beside it
_ASKED = 5  # of accounts, and of channels


def drill_database(site: Site, course: Course, boot: Boot | None) -> Ending:
    """All of it. What stops it rises, as of `Fetched` and `Boot.boot`; `course` has the steps that were done."""
    snapshot = course.snapshot
    course.must_have_room(_TIMES * snapshot.size)
    with course.step("fetched", f"fetching {snapshot.tail} from {course.place.name}") as told:
        fetched = Fetched(course.place, snapshot)
        told.text = show_size(fetched.size)
    with course.step("opened", f"opening {snapshot.tail}") as told:
        content = fetched.content()
        told.text = show_size(len(content))
    with course.step("checked", "reading every row"):
        counts, findings = site.source.inspect(content)
    worst = [finding for finding in findings if finding.severity > Severity.WARNING]
    if worst:
        return Ending(level=2, verdict="damaged", detail=f"faults in its content; the first: {worst[0]}", counts=counts)
    if is_sqlite(content):
        return live_in_sqlite(site, course, content, counts)
    if boot is None:
        detail = f"nobody knows how its program is started on a copy: [sources.{site.name}.rehearsal] says it"
        return Ending(level=3, verdict="unchecked", detail=detail, counts=counts, untried=True)
    return _live_in_services(site, course, boot, content, counts)


def _live_in_services(site: Site, course: Course, boot: Boot, content: bytes, counts: Mapping[str, int]) -> Ending:
    questions = _questions(content)
    try:
        life = boot.boot(content, questions, work=course.work, progress=course.progress)
    except RehearsalFailed as error:
        return Ending(level=3, verdict="damaged", detail=error.message, counts=counts)
    course.add("booted", life.booted_seconds, life.program)
    course.add("asked", life.asked_seconds, _answers(life) if questions else "there was nobody to ask about")
    course.add("saved back", life.saved_seconds, show_size(len(life.saved)))
    with course.step("compared", "comparing what it saved back with what was restored"):
        saved, _ = site.source.inspect(life.saved)
    fault = _fault(life, counts, saved)
    return Ending(
        level=3 if fault else 4,
        verdict="damaged" if fault else "proven",
        detail=fault or as_saved(saved) + (", and nobody could be asked" if questions and life.mute else ""),
        is_whole=True,
        counts=counts,
        saved=saved,
        lost=_words(life.lost),
        added=_words(life.added),
        program=life.program,
    )


def _answers(life: Booted) -> str:
    return life.mute or f"{life.asked - life.unknown - life.unanswered} of {life.asked} known"


def _fault(life: Booted, counts: Mapping[str, int], saved: Mapping[str, int]) -> str:
    """What is not as it should be; the gravest alone, or ""."""
    fewer = [kind for kind in ("accounts", "channels", "groups") if saved.get(kind, 0) < counts.get(kind, 0)]
    if fewer:
        kind = fewer[0]
        return f"{counts[kind]:,} {kind} were restored, and {saved.get(kind, 0):,} saved back"
    if life.lost:
        return f"the program does not give back {_sum(life.lost)}: {', '.join(_words(life.lost))}"
    if life.added:
        return f"the program adds {_sum(life.added)}: {', '.join(_words(life.added))}"
    if life.unknown:
        return f"the program does not know {life.unknown} of {life.asked} that it was asked about"
    return f"the program complains: {life.complaint}" if life.complaint else ""


def _words(rows: Mapping[str, int]) -> tuple[str, ...]:
    """By kind, the most first: "3 ME"."""
    most = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    return tuple(f"{number:,} {kind}" for kind, number in islice(most, 12))


def _sum(rows: Mapping[str, int]) -> str:
    return plural(sum(rows.values()), "row")


def _questions(content: bytes) -> tuple[Question, ...]:
    """Some accounts and channels of all, evenly; what cannot be written in an answer is not asked about."""
    rows = parse(content).rows
    accounts = [row.fields[2] for row in rows if row.kind == b"MU" and len(row.fields) > 2]  # noqa: PLR2004 — type, uid, name
    channels = [row.fields[1] for row in rows if row.kind == b"MC" and len(row.fields) > 1]
    asked: list[Question] = [("NickServ", "INFO", name) for name in _some(accounts)]
    return (*asked, *(("ChanServ", "INFO", name) for name in _some(channels)))


def _some(names: list[bytes]) -> Iterator[str]:
    plain = [name.decode() for name in names if name.isascii()]
    yield from plain[:: max(1, -(-len(plain) // _ASKED))]
