"""Whatever files are called, a key that fits is never called wrong, and one that is meant and differs always is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from core.certificates.names import covers, missing
from core.certificates.pairs import pair_up
from core.certificates.pem import Pem, read_pem
from tests.core.certificates.pki import Identity, server

HOUSES = [server(f"host{number}.example.org") for number in range(4)]
STYLES = [
    ("{}.crt", "{}.key"),
    ("{}.cert.pem", "{}.key.pem"),
    ("{}-fullchain.pem", "{}-privkey.pem"),
    ("fullchain{}.pem", "privkey{}.pem"),
    ("{}_cert.pem", "{}_private.pem"),
]


def folder(style: tuple[str, str], keys: dict[int, int]) -> dict[str, Pem]:
    """Certificate N beside the key of `keys[N]`, under names of one style."""
    made: dict[str, Pem] = {}
    for number, key in keys.items():
        made[style[0].format(number)] = read_pem(HOUSES[number].chain)
        made[style[1].format(number)] = read_pem(HOUSES[key].key_pem)
    return made


@settings(max_examples=100, deadline=None)
@given(style=st.sampled_from(STYLES), count=st.integers(1, 4), order=st.permutations(range(4)))
def test_each_certificate_is_judged_by_the_key_that_is_meant_for_it(
    style: tuple[str, str], count: int, order: list[int]
) -> None:
    keys = dict(zip(range(count), order, strict=False))
    names = folder(style, keys)
    pairs = pair_up({".": names}, [key for pem in names.values() for key in pem.keys])
    assert {pair.certificate: (pair.key, pair.fit) for pair in pairs} == {
        style[0].format(number): (style[1].format(number), "fits" if key == number else "differs")
        for number, key in keys.items()
    }


@settings(max_examples=100, deadline=None)
@given(names=st.lists(st.text("abcdefgh.-_", min_size=1, max_size=8), min_size=8, max_size=8, unique=True))
def test_among_any_names_no_key_that_fits_alone_is_called_wrong(names: list[str]) -> None:
    """One pair and nothing else: there is nothing to mistake."""
    certificate, key, *_ = (f"{name}{number}" for number, name in enumerate(names))
    used = {".": {certificate: read_pem(HOUSES[0].chain), key: read_pem(HOUSES[0].key_pem)}}
    (pair,) = pair_up(used, used["."][key].keys)
    assert pair.fit in {"fits", "unchecked"}
    wrong = {".": {certificate: read_pem(HOUSES[0].chain), key: read_pem(HOUSES[1].key_pem)}}
    (pair,) = pair_up(wrong, wrong["."][key].keys)
    assert (pair.key, pair.fit) == (key, "differs")


def test_a_wildcard_is_good_for_one_label() -> None:
    names = ("*.example.org", "example.net", "192.0.2.1")
    assert covers(names, "IRC.example.org")
    assert covers(names, "*.example.org")
    wanted = ("a.b.example.org", "example.org", "example.net", "www.example.net", "192.0.2.1", "192.0.2.2")
    assert missing(names, wanted) == ("a.b.example.org", "example.org", "www.example.net", "192.0.2.2")


def test_a_file_with_both_is_a_pair_of_its_own() -> None:
    both: Identity = HOUSES[0]
    names = {"all.pem": read_pem(both.key_pem + both.chain), "other.key": read_pem(HOUSES[1].key_pem)}
    (pair,) = pair_up({".": names}, [])
    assert (pair.certificate, pair.key, pair.fit) == ("all.pem", "all.pem", "fits")
