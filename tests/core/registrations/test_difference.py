"""What changed, told in people's terms: all of it, nothing that did not change, and no secret."""

import pytest
from hypothesis import given, settings

from core.domain.casemapping import fold
from core.formats.atheme import parse
from core.registrations.change import Change, Difference
from core.registrations.difference import compare
from core.registrations.difference_words import by_itself, headlines, totals
from tests.core.formats.damage import ALL, Damage
from tests.core.registrations.town import AFTER, BEFORE, VECTORS, swapped
from tests.strategies_atheme import databases

RELOADED = (VECTORS / "after-reloaded.db").read_bytes()
PRIVATE = ("$z$", "@", "192.0.2", "lab.test", "64a757db", "001122", "marked for research", "sesame")


def between(before: bytes, after: bytes) -> Difference:
    return compare(parse(before), parse(after), casemapping="rfc1459")


EVENING = "2026-11-23 01:21Z"


def told(before: bytes, after: bytes) -> list[str]:
    return [str(change) for change in between(before, after).changes]


def test_a_day_on_a_real_network_is_told_power_first() -> None:
    """Alice was dropped, so her channels went to others or away; greta came with #eta; #zeta was dropped."""
    assert told(BEFORE, AFTER) == [
        "operator alice no longer: class ircop (gone)",
        "channel #alpha changed: founder alice → bob; access of bob +AOiortv → +AFORaefhioqrstv",
        "channel #beta changed: access of alice +AORfiorstv (gone); access of greta +AVv (new), set by bob " + EVENING,
        "channel #Delta{1} changed: founder alice → carol; access of carol +AOiortv → +AFORaefhioqrstv",
        "group !staff changed: founder alice (gone)",
        "account alice dropped",
        "channel #gamma dropped: founder alice (gone); 1 access entry gone",
        "channel #zeta dropped: founder bob (gone); 2 access entries gone",
        "account greta registered",
        "channel #eta registered: founder greta (new), set by greta " + EVENING + "; 1 access entry added",
        "nick Alice|away ungrouped: account alice (gone)",
        "nick alice_alt ungrouped: account alice (gone)",
        "kept name alice kept",
        "account carol changed: 1 memo added",
        "channel #epsilon changed: access of alice +Av (gone)",
        "group !devs changed: access of alice +Acm (gone)",
    ]


def test_what_changes_by_itself_is_counted_and_not_listed() -> None:
    difference = between(BEFORE, AFTER)
    assert difference.volatile == {"hosts and quits": 7, "last used": 10, "times of channels": 7}
    assert "help tickets: 1 gone" in by_itself(difference)


def test_a_reload_changes_nothing_that_anybody_did() -> None:
    """Services rewrite the last uid, and setters who are gone."""
    assert told(AFTER, RELOADED) == []
    assert totals(between(AFTER, RELOADED)) == "nothing that anybody did"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"carol@lab.test", b"mallory@evil.test", "account carol changed: e-mail changed"),
        (b"$z$26$10000$Xl+n5", b"$z$26$10000$AAAAA", "account carol changed: password changed"),
        (
            b"$z$26$10000$Xl+n5",
            b"$z$26$64000$AAAAA",
            "account carol changed: password (or only how it is hashed) changed",
        ),
        (b"1795396603 +hsCb", b"1795396603 +sCb", "account carol changed: flags +Chs → +Cs"),
        (b"MCFP alice 0011", b"MCFP alice ff11", "account alice changed: 1 certificate added, 1 certificate gone"),
        (b"MDU alice motto caf", b"MDU alice motto tea", "account alice changed: property motto changed"),
        (b"MDU alice private:mark:reason m", b"MDU alice private:mark:reason n", "account alice changed: mark changed"),
        (b"ME alice bob 1795396571 1 ", b"ME alice bob 1795396571 0 ", ""),
        (b"MC #alpha 1795396577", b"MC #alpha 1795397777", "channel #alpha is another now: registered changed"),
        (b"MC #alpha 1795396577", b"MC #alpha 1895396577", "channel #alpha is another now: registered 2026-11-23 → "),
        (b"+vkg 272 0 42 sesame", b"+vkg 272 0 42 secret", "channel #alpha changed: mode lock changed"),
        (
            b"CA #beta bob",
            b"CA #beta *!*@192.0.2.9 +b 1 bob \nCA #beta *!*@192.0.2.8 +b 1 bob \nCA #beta bob",
            "channel #beta changed: 2 hostmasks added",
        ),
        (b"SO frank ircop", b"SO frank sra", "operator frank changed: class ircop → sra"),
        (b"MN bob bob_ ", b"MN carol bob_ ", "nick bob_ changed: account bob → carol"),
        (b"KL 2 *", b"KL 2 x", "ban akill 2 changed: terms changed"),
        (b"MU AAAAAAAAE carol", b"MU AAAAAAAAK carol", "account carol changed: uid AAAAAAAAE → AAAAAAAAK"),
    ],
)
def test_each_thing_that_people_change_has_its_words(old: bytes, new: bytes, expected: str) -> None:
    assert "; ".join(told(BEFORE, swapped(BEFORE, old, new))).startswith(expected)
    if not expected:
        assert told(BEFORE, swapped(BEFORE, old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"+AOiortv 1795396580 alice", b"+Aiv 1795500000 carol", "+AOiortv → +Aiv, set by carol 2026-11-24 06:00Z"),
        (b"+AOiortv 1795396580 alice", b"+Aiv 1795500000 alice", "+AOiortv → +Aiv, set by alice 2026-11-24 06:00Z"),
        (b"+AOiortv 1795396580 alice", b"+Aiv 1795500000 * ", "+AOiortv → +Aiv"),
        (b"+AOiortv 1795396580 alice", b"+Aiv 1795500000 ", "+AOiortv → +Aiv"),
        (b"+AOiortv 1795396580 alice", b"+Aiv 1795500000 x!y@192.0.2.9", "+Aiv, set by x 2026-11-24 06:00Z"),
        (b"+AOiortv 1795396580 alice", b"+Aiv 1795500000 y@192.0.2.9", "+AOiortv → +Aiv"),
        (b"+AOiortv 1795396580 alice", b"+Aiv 1795396580 alice", "+AOiortv → +Aiv"),
        (b"+AOiortv 1795396580 alice", b"+AFiv 1795500000 alice", "access of bob +AOiortv → +AFiv"),
        (b"+AOiortv 1795396580 alice", b"+AFiv 1795500000 root1", "founder bob (new), set by root1 2026-11-24 06:00Z"),
        (b"+AOiortv 1795396580 alice", b"+Aiv 99999999999999 carol", "+AOiortv → +Aiv, set by carol"),
    ],
    ids=[
        "another",
        "the same again",
        "nobody",
        "nothing",
        "a mask",
        "an address",
        "an old one",
        "services",
        "root",
        "when?",
    ],
)
def test_who_set_the_access_of_somebody_is_told_where_it_is_written_down(old: bytes, new: bytes, expected: str) -> None:
    """When a founder goes, services make another, and leave the setter's name as it was: that is no setter."""
    (line,) = told(BEFORE, swapped(BEFORE, b"CA #alpha bob " + old, b"CA #alpha bob " + new))
    assert any(part == expected or part.endswith(expected) for part in line.split("; ")), line
    assert "192.0.2.9" not in line


def test_who_set_several_masks_is_told_only_where_it_is_known_of_all() -> None:
    """And of none, where some are gone: who took them away is nowhere written."""
    first, second = b"CA #beta *!*@192.0.2.9 +b 1 bob \n", b"CA #beta *!*@192.0.2.8 +b 1795500000 carol \n"
    last = b"CA #beta bob"
    both = swapped(BEFORE, last, first + second + last)
    assert told(BEFORE, both) == ["channel #beta changed: 2 hostmasks added, set by bob, carol"]
    assert told(BEFORE, swapped(BEFORE, last, second + last))[0].endswith("set by carol 2026-11-24 06:00Z")
    instead = told(swapped(BEFORE, last, first + last), swapped(BEFORE, last, second + last))
    assert instead == ["channel #beta changed: 1 hostmask added, 1 hostmask gone"]
    unknown = swapped(both, b"+b 1 bob", b"+b 1 * ")
    assert "set by" not in str(told(BEFORE, unknown))


def test_who_marked_or_froze_is_told_with_the_time() -> None:
    """Services write both beside the reason; where the time did not move, somebody edited the file."""
    frozen = b"MDU carol private:freeze:freezer root1 (root)\nMDU carol private:freeze:reason x\n"
    after = swapped(BEFORE, b"MDU dave ", frozen + b"MDU carol private:freeze:timestamp 1795500000\nMDU dave ")
    assert told(BEFORE, after) == ["account carol changed: freeze set (new), set by root1 (root) 2026-11-24 06:00Z"]
    assert told(after, BEFORE) == ["account carol changed: freeze set (gone)"]
    assert told(BEFORE, swapped(BEFORE, b"MDU dave ", frozen + b"MDU dave ")) == [
        "account carol changed: freeze set (new)"
    ]
    marked = swapped(BEFORE, b"MDC #alpha private:mark:setter root1", b"MDC #alpha private:mark:setter root2")
    assert told(BEFORE, marked) == ["channel #alpha changed: mark changed"]


def test_for_machines_the_setter_is_a_value_of_its_own() -> None:
    """And absent where it is not known."""
    after = swapped(BEFORE, b"+AOiortv 1795396580 alice", b"+Aiv 1795500000 carol")
    (change,) = between(BEFORE, after).changes
    assert "'set_by': 'carol', 'set_at': '2026-11-24 06:00Z'" in str(change.as_dict())
    assert "set_by" not in str([one.mirrored().as_dict() for one in (change,)])


def test_another_account_of_the_same_name_is_not_the_same() -> None:
    """Dropped, and registered by somebody else."""
    row = next(line for line in BEFORE.split(b"\n") if line.startswith(b"MU AAAAAAAAE carol"))
    other = b"MU AAAAAAAAL carol $z$26$10000$x x@x.test 1795999999 1795999999 +C default "
    assert told(BEFORE, BEFORE.replace(row, other))[0] == (
        "account carol is another now: registered 2026-11-23 → 2026-11-30"
    )


def test_a_row_that_was_there_twice_and_is_there_once_was_nobody_dropped() -> None:
    for beginning in (b"MU AAAAAAAAE carol", b"MC #beta", b"GRP AAAAAAAAI", b"SO frank"):
        row = next(line for line in BEFORE.split(b"\n") if line.startswith(beginning)) + b"\n"
        twice = BEFORE.replace(row, row + row)
        for difference in (between(twice, BEFORE), between(BEFORE, twice)):
            assert [change.happening for change in difference.changes] == ["changed"]


def test_online_on_master_is_no_last_use_of_1970() -> None:
    """7.3 writes 0 while somebody is logged in, which means the time of the save."""
    saved = swapped(BEFORE, b"CF +AFH", b"TS 1795396603 \nCF +AFH")
    online = swapped(saved, b"carol@lab.test 1795396561 1795396603 ", b"carol@lab.test 1795396561 0 ")
    assert between(saved, online) == Difference(changes=())


def test_who_is_online_is_no_change_of_flags() -> None:
    """Services write `b` only of those who are not logged in."""
    difference = between(BEFORE, swapped(BEFORE, b"1795396603 +hsCb", b"1795396603 +hsC"))
    assert (difference.changes, difference.volatile) == ((), {"online": 1})


def test_an_empty_database_has_lost_everybody() -> None:
    assert totals(between(BEFORE, b"")) == (
        "operators: 2 no longer · accounts: 7 dropped · nicks: 3 ungrouped · channels: 6 dropped · "
        "groups: 3 dropped · bans: 3 gone"
    )


def test_the_channel_hears_two_lines_that_fit() -> None:
    """Power first; and however much changed, each line fits into one of IRC."""
    assert headlines(between(BEFORE, AFTER)) == (
        (
            "! operator alice no longer, #alpha: founder alice → bob, #beta: access of alice +AORfiorstv (gone), "
            "#Delta{1}: founder alice → carol, !staff: founder alice (gone)"
        ),
        "- dropped: alice, #gamma, #zeta · + registered: greta, #eta",
    )
    many = b"".join(b"MC #%d%s 1 1 + 0 0 0  \nCA #%d%s bob +F 1 * \n" % (n, b"x" * 40, n, b"x" * 40) for n in range(99))
    lines = headlines(between(BEFORE, BEFORE + many))
    assert lines
    assert all(len(line.encode()) <= 340 for line in lines)


@pytest.mark.parametrize("damage", ALL, ids=lambda damage: damage.name.replace(" ", "-"))
def test_damaged_files_are_compared_and_nothing_private_is_told(damage: Damage) -> None:
    """To and from each of them: no exception, no hash, no address, no host, no key."""
    damaged = damage.edit(BEFORE)
    for difference in (between(BEFORE, damaged), between(damaged, AFTER), between(AFTER, damaged)):
        text = f"{difference.as_dict()} {totals(difference)} {by_itself(difference)} {headlines(difference)}"
        assert not [secret for secret in PRIVATE if secret in text]
    assert between(damaged, damaged) == Difference(changes=())


@given(content=databases())
def test_nothing_differs_from_itself(content: bytes) -> None:
    assert between(content, content) == Difference(changes=())


def _mirrored(changes: tuple[Change, ...]) -> list[str]:
    """In one order; names in one case, since each side is told in its own spelling."""
    return sorted(fold(repr(change).encode()).decode() for change in changes)


@settings(max_examples=200)
@given(before=databases(), after=databases())
def test_seen_from_the_other_side_it_is_the_mirror_image(before: bytes, after: bytes) -> None:
    there, back = between(before, after), between(after, before)
    assert _mirrored(tuple(change.mirrored() for change in there.changes)) == _mirrored(
        tuple(change.mirrored().mirrored() for change in back.changes)
    )
    assert there.volatile == back.volatile
    assert {what: (came, went) for what, (went, came) in there.others.items()} == dict(back.others)


@given(before=databases(), after=databases())
def test_everything_that_is_gone_or_new_is_named(before: bytes, after: bytes) -> None:
    """No account and no channel comes or goes unseen."""
    for kind, thing, at in ((b"MU ", "account", 2), (b"MC ", "channel", 1)):
        was, now = (
            {fold(line.split(b" ")[at]) for line in content.split(b"\n") if line.startswith(kind)}
            for content in (before, after)
        )
        changes = [change for change in between(before, after).changes if change.thing == thing]
        assert {fold(c.name.encode()) for c in changes if c.happening == "dropped"} == was - now
        assert {fold(c.name.encode()) for c in changes if c.happening == "registered"} == now - was
