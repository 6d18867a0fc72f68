"""A name is found as services would find it, whatever its case, and told from another of the same name."""

from hypothesis import given
from hypothesis import strategies as st

from core.domain.casemapping import Casemapping, fold
from core.formats.atheme import lookup, parse, shown
from core.registrations.whereabouts import Sighting, find_name
from tests.core.formats.damage import ALL
from tests.core.registrations.town import AFTER, BEFORE, lines
from tests.strategies_atheme import NAMES, databases


def found(name: bytes, content: bytes = BEFORE, casemapping: Casemapping = "rfc1459") -> Sighting | None:
    return find_name(content, name, casemapping=casemapping)


def test_an_account_is_told_with_what_it_holds() -> None:
    assert str(found(b"ALICE")) == (
        "account alice (registered 2026-11-23, nicks alice_alt, Alice|away, founder of 3 channels, services operator)"
    )


def test_a_grouped_nick_is_told_with_its_account() -> None:
    r"""`alice\AWAY` and `Alice|away` are one name under rfc1459."""
    assert str(found(b"alice\\AWAY")) == "nick Alice|away of account alice (registered 2026-11-23)"
    assert found(b"alice\\AWAY", casemapping="ascii") is None


def test_channels_and_groups_are_told_with_their_founders() -> None:
    assert str(found(b"#ALPHA")) == "channel #alpha (registered 2026-11-23, founder alice, 8 on its list)"
    assert str(found(b"!Staff")) == "group !staff (registered 2026-11-23, founder alice, 3 on its list)"
    assert "no founder" in str(found(b"!staff", AFTER))


def test_what_is_not_there_is_not_found() -> None:
    """Neither by a part of a name, nor by what stands in another field or in somebody's text."""
    for name in (b"nobody", b"alic", b"lice", b"#alph", b"#", b"!", b"", b".*", b"alice.*", b"memo", b"#alpha alice"):
        assert found(name) is None, name
    assert found(b"alice", AFTER) is None


def test_the_same_name_again_has_another_identity() -> None:
    row = lines(BEFORE, b"MU AAAAAAAAC alice")[0]
    other = BEFORE.replace(row, b"MU AAAAAAAAL alice $z$1 x@x.test 1795999999 1795999999 +C default ")
    first, second = found(b"alice"), found(b"alice", other)
    assert first is not None
    assert second is not None
    assert first.identity != second.identity


def test_no_secret_is_told() -> None:
    for name in (b"alice", b"bob", b"#alpha", b"!staff", b"alice_alt"):
        sighting = found(name)
        assert sighting is not None
        assert not [word for word in ("$z$", "@", "lab.test", "64a757db") if word in f"{sighting.as_dict()}{sighting}"]


@given(content=databases(), name=NAMES, casemapping=st.sampled_from(["rfc1459", "ascii"]))
def test_it_agrees_with_the_lookup_that_restores(content: bytes, name: bytes, casemapping: Casemapping) -> None:
    """What is found can be restored, and what cannot is not found."""
    owner = lookup(parse(content), name, casemapping)
    sighting = find_name(content, name, casemapping=casemapping)
    assert (owner is None) == (sighting is None)
    if sighting is not None and owner is not None:
        assert (sighting.nick_of or sighting.name) == shown(owner)
        assert fold(sighting.name.encode(), casemapping) == fold(name, casemapping)


@given(name=st.binary(max_size=80), place=st.integers(0, len(ALL) - 1))
def test_no_name_and_no_damage_raises(name: bytes, place: int) -> None:
    for kind in (b"", b"#", b"!"):
        find_name(ALL[place].edit(BEFORE), kind + name, casemapping="rfc1459")
