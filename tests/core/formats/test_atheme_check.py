"""The integrity check finds every damage, judges it as the real program would, and never cries wolf."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.finding import Finding, Severity
from core.formats.atheme import check, tally
from tests.core.formats.damage import ALL, Damage
from tests.strategies_atheme import any_databases

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
BEFORE = (VECTORS / "before.db").read_bytes()
PRIVATE = ("$z$", "@", "192.0.2", "lab.test", "64a757db")


def findings(content: bytes) -> tuple[Finding, ...]:
    return check(content, casemapping="rfc1459")


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_each_damage_is_found_and_judged_as_services_would(damage: Damage) -> None:
    """The worst finding has the severity that the real program gave it, and its code is there."""
    found = findings(damage.edit(BEFORE))
    assert found, "not found"
    assert max(item.severity for item in found) == damage.severity
    assert damage.code in {item.code for item in found if item.severity == damage.severity}


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_no_finding_quotes_what_is_private(damage: Damage) -> None:
    """Findings are shown in chat: no hash, no address, no host."""
    for item in findings(damage.edit(BEFORE)):
        assert not any(secret in item.text for secret in PRIVATE), item.text


def test_a_database_as_services_wrote_it_is_good() -> None:
    """Nothing at all about a database whose references are whole."""
    assert findings(BEFORE) == ()


def test_what_a_dropped_founder_leaves_behind_is_told_as_a_warning() -> None:
    """A group without founder, and access entries set by somebody who is gone: true, and harmless."""
    for name, codes in (("after.db", {"no-founder", "setter-gone"}), ("after-reloaded.db", {"no-founder"})):
        found = findings((VECTORS / name).read_bytes())
        assert {item.code for item in found} == codes
        assert {item.severity for item in found} == {Severity.WARNING}


@given(content=any_databases())
def test_generated_good_databases_have_no_worse_than_warnings(content: bytes) -> None:
    """What services would write is never called damaged."""
    assert [item for item in findings(content) if item.severity > Severity.WARNING] == []


@given(content=st.binary(max_size=300))
def test_any_bytes_get_a_finding_and_never_an_exception(content: bytes) -> None:
    """Nothing that is not a database passes."""
    assert any(item.severity > Severity.WARNING for item in findings(content))


@given(place=st.integers(0, len(BEFORE) - 1))
def test_cut_off_anywhere_is_found_but_within_what_nothing_promises(place: int) -> None:
    """The format has no end mark: only chanfix's channels, which come last, can be missing unseen."""
    found = findings(BEFORE[:place])
    if place <= BEFORE.index(b"CFCHAN"):
        assert any(item.severity > Severity.WARNING for item in found)


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_rows_are_found(seed: int) -> None:
    """Services read in order: a file in another order is another file."""
    lines = BEFORE.splitlines(keepends=True)
    random.Random(seed).shuffle(lines)  # noqa: S311 — the same disorder every time, no secret
    assert max(item.severity for item in findings(b"".join(lines))) == Severity.STOPS_SERVICES


@given(st.data())
def test_edits_of_any_kind_never_raise(data: st.DataObject) -> None:
    """Fields dropped, doubled, emptied, overlong, in any row."""
    lines = BEFORE.split(b"\n")
    for _ in range(data.draw(st.integers(1, 8))):
        index = data.draw(st.integers(0, len(lines) - 1))
        fields = lines[index].split(b" ")
        place = data.draw(st.integers(0, len(fields) - 1))
        filling = st.sampled_from([b"", b"\xff", b"x" * 5000, b"+", b"!", b"$", b"0", b"#a", b"\0"])
        fields[place : place + data.draw(st.integers(0, 2))] = data.draw(st.lists(filling, max_size=2))
        lines[index] = b" ".join(fields)
    for casemapping in ("rfc1459", "ascii"):
        assert len(check(b"\n".join(lines), casemapping=casemapping)) <= 201


def test_findings_are_bounded_the_worst_first_and_all_counted() -> None:
    """A file full of faults gets 200 findings and a number."""
    content = BEFORE.replace(b"KID ", b"".join(b"MDU nobody%d url x\n" % n for n in range(1000)) + b"ZZ ", 1)
    found = findings(content)
    assert len(found) == 201
    assert found[0].severity == Severity.STOPS_SERVICES
    assert found[-1].text == f"and {tally(content, casemapping='rfc1459').total() - 200:,} more findings"
    assert found[-1].severity == Severity.STOPS_SERVICES


def test_a_file_of_master_is_judged_by_masters_rules() -> None:
    """TS, the flags a, l and n, times of 0 while online, and a short list of modules are good there."""
    content = BEFORE.replace(b"CF +AFH", b"TS 1795396700 \nCF +AFH", 1)
    content = content.replace(b"1795396603 +sCb default", b"0 +sCbl default", 1)
    content = content.replace(b"+vg 272", b"+avg 272").replace(b"!devs 1795396575 +", b"!devs 1795396575 +n")
    listed = b"".join(line + b"\n" for line in content.split(b"\n") if line.startswith(b"MDEP"))
    content = content.replace(listed, b"MDEP backend/opensex \nMDEP crypto/pbkdf2v2 \n")
    assert findings(content) == ()
    twice = content.replace(b"MC #zeta", b"MC #beta 1 1 + 0 0 0  \nMC #zeta", 1)
    assert max(item.severity for item in findings(twice)) == Severity.STOPS_SERVICES, "7.3 crashes on a doubled channel"


def test_rows_of_contrib_modules_are_nobodys_fault() -> None:
    """Rows that the project does not know are kept, and called odd only where modules of one's own are loaded."""
    content = BEFORE.replace(b"SI ", b"BW spam 1 root1 * kick \nMYROW x \nSI ", 1)
    assert max(item.severity for item in findings(content)) == Severity.STOPS_SERVICES
    content = content.replace(b"MDEP global/main ", b"MDEP global/main \nMDEP contrib/my_own ", 1)
    assert {(item.severity, item.code) for item in findings(content)} == {(Severity.WARNING, "kind-unknown")}
