"""Any path at all gets a verdict, and the verdict is that of the worst finding."""

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.finding import Severity
from core.formats.atheme import check
from core.operations.inspect import Verdict, inspect_file
from tests.core.formats.damage import ALL, Damage
from tests.core.operations.world import AFTER, BEFORE

UNREALIRCD = Path(__file__).parents[2] / "vectors" / "unrealircd"
VERDICTS: dict[Severity, Verdict] = {
    Severity.WARNING: "warnings",
    Severity.LOSES_DATA: "loses-data",
    Severity.STOPS_SERVICES: "stops-services",
}


def file(folder: Path, content: bytes) -> Path:
    path = folder / "some.file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_the_verdict_is_that_of_the_worst_damage(tmp_path: Path, damage: Damage) -> None:
    found = inspect_file(file(tmp_path, damage.edit(BEFORE)))
    assert found.verdict == VERDICTS[damage.severity]
    assert damage.code in {finding.code for finding in found.findings}


def test_a_good_database_is_good_and_counted(tmp_path: Path) -> None:
    found = inspect_file(file(tmp_path, BEFORE))
    assert (found.verdict, found.version, found.schema) == ("good", "Atheme 7.2", "12")
    assert (found.counts["accounts"], found.counts["channels"]) == (7, 6)
    assert "groupserv/main" in found.modules


def test_a_database_of_master_is_known_by_the_time_of_its_save(tmp_path: Path) -> None:
    content = BEFORE.replace(b"CF +AFH", b"TS 1795396700 \nCF +AFH", 1)
    assert inspect_file(file(tmp_path, content)).version == "Atheme master (7.3)"


def test_names_compare_as_they_are_told_to(tmp_path: Path) -> None:
    """Two names that are one under rfc1459 are two under ascii."""
    row = next(line for line in BEFORE.split(b"\n") if line.startswith(b"MU AAAAAAAAG "))
    twin = row.replace(b"MU AAAAAAAAG Erin[x]", b"MU AAAAAAAAK erin{X}")
    assert twin != row
    path = file(tmp_path, BEFORE.replace(row, row + b"\n" + twin, 1))
    assert "account-twice" in {finding.code for finding in inspect_file(path, casemapping="rfc1459").findings}
    assert "account-twice" not in {finding.code for finding in inspect_file(path, casemapping="ascii").findings}


# --- packed, sealed, strange ---------------------------------------------------------------------


def test_a_packed_copy_is_judged_by_what_is_in_it(tmp_path: Path) -> None:
    """Also where it was packed in two parts: gzip lets them follow on."""
    half = len(BEFORE) // 2
    packed = gzip.compress(BEFORE[:half]) + gzip.compress(BEFORE[half:])
    found = inspect_file(file(tmp_path, packed))
    assert (found.verdict, found.format, found.packing, found.size) == ("good", "atheme", "gzip", len(BEFORE))


@pytest.mark.parametrize("keep", [3, 100, -9, -1])
def test_a_packed_copy_that_was_cut_off_is_damaged(tmp_path: Path, keep: int) -> None:
    found = inspect_file(file(tmp_path, gzip.compress(BEFORE)[:keep]))
    assert (found.verdict, found.findings[0].code) == ("loses-data", "packing")


def test_a_packed_copy_in_very_many_parts_is_read_in_time(tmp_path: Path) -> None:
    """Each part of a packed file costs the same, however many follow."""
    found = inspect_file(file(tmp_path, gzip.compress(b"") * 50_000 + gzip.compress(BEFORE)))
    assert found.verdict == "good"


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """Forty kilobytes that would be forty megabytes: no more than the limit is ever held."""
    found = inspect_file(file(tmp_path, gzip.compress(bytes(40 << 20))), limit=1 << 20)
    assert found.verdict == "not-judged"
    assert "more than 1.0 MB" in found.reason


def test_what_is_sealed_names_the_command_that_opens_it() -> None:
    folder = Path(__file__).parents[2] / "vectors" / "repository"
    path = next(folder.rglob("*.age"))
    found = inspect_file(path)
    assert (found.verdict, found.format) == ("not-judged", "age")
    assert f"age -d -i KEY {path} | zstd -d" in found.reason


def test_anope_is_recognised_and_not_judged(tmp_path: Path) -> None:
    found = inspect_file(file(tmp_path, b"OBJECT NickCore\nDATA display alice\nEND\n"))
    assert (found.verdict, found.format) == ("not-judged", "anope")
    assert "Anope" in found.reason


def test_what_is_no_database_would_stop_services(tmp_path: Path) -> None:
    """A file of zeros, as a power cut leaves it, or any other text."""
    for content in (bytes(5000), b"Dear diary,\n", os.urandom(2000)):
        assert inspect_file(file(tmp_path, content)).verdict == "stops-services"


def test_what_is_no_file_is_not_judged(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe", tmp_path / "loop", Path("/dev/null"), Path("a\0b")):
        found = inspect_file(path)
        assert found.verdict == "not-judged", path
        assert found.reason
    assert inspect_file(file(tmp_path, BEFORE), limit=100).verdict == "not-judged"


# --- the worst files -----------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(97, len(BEFORE), 97))
def test_truncated_anywhere_it_agrees_with_the_check(tmp_path: Path, place: int) -> None:
    content = BEFORE[:place]
    found = inspect_file(file(tmp_path, content))
    assert found.findings == check(content, casemapping="rfc1459")
    assert found.verdict in {"loses-data", "stops-services"} or place > BEFORE.index(b"CFCHAN")


@given(data=st.data())
def test_nothing_that_is_in_a_file_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Rows doubled, dropped and shuffled, values of 5,000 bytes, Latin-1, CR, NUL, behind any beginning."""
    lines = list(data.draw(st.permutations(AFTER.split(b"\n")[225:260])))
    filling = st.sampled_from([b"\xe9t\xe9", b"x" * 5000, b"\0", b"\r", b"", b"GRVER 1 ", b"MU  a"])
    for _ in range(data.draw(st.integers(0, 5))):
        lines[data.draw(st.integers(0, len(lines) - 1))] += data.draw(filling)
    beginning = data.draw(st.sampled_from([b"", b"\x1f\x8b", b"SQLite format 3\0", b"\xef\xbb\xbf", b"OBJECT "]))
    found = inspect_file(file(tmp_path_factory.mktemp("worst"), beginning + b"\n".join(lines)))
    assert found.verdict in {"loses-data", "stops-services", "not-judged"}
    assert found.as_dict()["verdict"] == found.verdict


@pytest.mark.parametrize(
    ("name", "version", "count"),
    [
        ("tkl.db", "UnrealIRCd, tkl.db", {"bans": 6, "exceptions": 1, "spam filters": 2}),
        ("channel.db", "UnrealIRCd, channel.db", {"channels": 2, "list entries": 4}),
        ("whowas.db", "UnrealIRCd, whowas.db", {"users gone": 3}),
        ("reputation.db", "UnrealIRCd, reputation.db", {}),
    ],
)
def test_databases_of_unrealircd_are_known_by_their_first_bytes(
    tmp_path: Path, name: str, version: str, count: dict[str, int]
) -> None:
    content = (UNREALIRCD / name).read_bytes()
    found = inspect_file(file(tmp_path, content))
    assert (found.verdict, found.format, found.version) == ("good", "unrealircd", version)
    assert found.counts == count
    assert inspect_file(file(tmp_path, content[:-3])).verdict == "loses-data"


def test_an_encrypted_one_of_unrealircd_is_not_judged(tmp_path: Path) -> None:
    content = (UNREALIRCD / "history" / "master.db").read_bytes()
    found = inspect_file(file(tmp_path, content))
    assert found.verdict == "not-judged"
    assert "no secret is configured" in found.reason
    assert inspect_file(file(tmp_path, content[:90])).verdict == "loses-data"
