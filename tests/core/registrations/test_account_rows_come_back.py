"""Alice was dropped from a real network. What comes back is hers, as it was, and where services print it."""

import pytest

from core.domain.finding import Severity
from core.formats.atheme import check, lookup, parse
from tests.core.registrations.town import AFTER, BEFORE, STAMP, brought_back, lines, plan_of, swapped


def test_her_rows_are_those_of_the_snapshot_but_for_time_and_burst_flag() -> None:
    """Hash, properties, memos with double blanks, masks, nicks, certificates: byte for byte."""
    result = brought_back()
    kinds = (b"MDU alice ", b"ME alice ", b"MI alice ", b"AC alice ", b"MCFP alice ")
    assert lines(result, *kinds) == lines(BEFORE, *kinds)
    (account,) = lines(result, b"MU AAAAAAAAC ")
    assert account == lines(BEFORE, b"MU AAAAAAAAC ")[0].replace(b" 1795396603 +Cb ", b" " + STAMP + b" +Cb ")
    assert lines(result, b"MN alice ") == [
        b"MN alice alice 1795396558 " + STAMP + b" ",
        b"MN alice alice_alt 1795396569 " + STAMP + b" ",
        b"MN alice Alice|away 1795396570 " + STAMP + b" ",
    ]


def test_everything_is_where_services_print_it() -> None:
    """Sorted by folded name; a founder first in a list, others last; kept names gone, because the name lives."""
    result = brought_back().split(b"\n")
    assert result[result.index(b"CF +AFHORVabefhioqrstv ") + 1].startswith(b"MU AAAAAAAAC alice ")
    assert result.index(b"GACL !devs alice +cmA ") == result.index(b"GACL !devs !staff +c ") + 1
    alpha = next(index for index, line in enumerate(result) if line.startswith(b"MC #alpha"))
    assert result[alpha + 1] == b"CA #alpha alice +AFORaefhioqrstv 1795396577 alice "
    assert result[alpha + 2].startswith(b"CA #alpha bob +AFORaefhioqrstv")
    assert (
        result.index(b"CA #beta alice +AORfiorstv 1795396588 bob ")
        == result.index(b"CA #beta greta +AVv 1795396860 bob ") + 1
    )
    assert not [line for line in result if line.startswith((b"NAM alice", b"MDN alice"))]
    assert (
        result.index(b"HR alice alice.req.test 1795396598 alice ")
        == result.index(b"HR dave dave.req.test 1795396598 dave ") + 1
    )


def test_nothing_else_changes() -> None:
    """Every row of the living database is there, in its order, but for the mark that was kept."""
    kept = [line for line in AFTER.split(b"\n") if not line.startswith((b"NAM alice", b"MDN alice"))]
    added = set(brought_back().split(b"\n")) - set(kept)
    assert [line for line in brought_back().split(b"\n") if line not in added] == kept


def test_the_result_is_good_and_the_account_is_found() -> None:
    """The check has no fault to find, and fewer warnings than before: the group has its founder again."""
    result = brought_back()
    assert lookup(parse(result), b"ALICE|AWAY", "rfc1459") == b"alice"
    assert [item for item in check(result, casemapping="rfc1459") if item.severity > Severity.WARNING] == []
    assert "no-founder" not in {item.code for item in check(result, casemapping="rfc1459")}


def test_a_nick_finds_the_account_that_owned_it() -> None:
    """Asked for a grouped nick, the account comes back."""
    assert plan_of("ALICE_alt").digest == plan_of("alice").digest


def test_the_burst_flag_is_added_in_its_place() -> None:
    """Without `b` whoever sits on the nick would be logged in as its owner: it is added, between C and P."""
    backup = swapped(BEFORE, b"1795396603 +Cb default", b"1795396603 +sCP default")
    assert lines(brought_back(backup=backup), b"MU AAAAAAAAC")[0].endswith(b" +sCbP default ")


def test_flags_of_another_version_stay_out_before_they_hide_others() -> None:
    """7.3 knows `l`; 7.2 would stop reading there."""
    backup = swapped(BEFORE, b"1795396603 +Cb default", b"0 +Cbl default")
    assert lines(brought_back(backup=backup), b"MU AAAAAAAAC")[0].endswith(b" +Cb default ")
    assert any("do not know" in note for note in plan_of(backup=backup).notes)


def test_tokens_and_counters_stay_out() -> None:
    """An old reset token would be valid again; failed logins are of another life. A freeze comes back."""
    tokens = (
        b"private:setpass:key",
        b"private:sendpass:salt",
        b"private:verify:emailchg:key",
        b"private:loginfail:count",
    )
    rows = b"".join(b"MDU alice %s secret\n" % key for key in tokens) + b"MDU alice private:freeze:freezer root1\n"
    backup = swapped(BEFORE, b"MDU alice url", rows + b"MDU alice url")
    result = brought_back(backup=backup)
    assert not any(key in result for key in tokens)
    assert b"MDU alice private:freeze:freezer root1\n" in result
    assert "it was frozen, and is again" in plan_of(backup=backup).notes


def test_references_in_another_case_are_written_as_the_name_is_stored() -> None:
    """Services would rewrite them so at their next save."""
    backup = swapped(BEFORE, b"MI alice dave ", b"mi ALICE dave ")
    assert b"\nMI alice dave \n" in brought_back(backup=backup)


def test_a_mark_that_was_set_after_the_snapshot_stays_on_the_account() -> None:
    """The kept mark of the dropped name is the newer one; it comes once, sorted among the properties."""
    live = swapped(AFTER, b"MDN alice private:mark:reason marked for research", b"MDN alice private:mark:reason newer")
    result = brought_back(live=live)
    assert lines(result, b"MDU alice private:mark:") == [
        b"MDU alice private:mark:reason newer",
        b"MDU alice private:mark:setter root1",
        b"MDU alice private:mark:timestamp 1795396594",
    ]
    assert lines(result, b"MDU alice ") == sorted(lines(result, b"MDU alice "), key=bytes.upper)
    assert not lines(result, b"NAM alice", b"MDN alice")


def test_the_same_plan_on_the_same_database_gives_the_same_bytes() -> None:
    """Deterministic: what was rehearsed is what is put in place."""
    assert brought_back() == brought_back()


@pytest.mark.parametrize(("uid", "last"), [(b"AAAAAAAAB", b"AAAAAAAAL"), (b"AAAAAAAAI", b"AAAAAAAAL")])
def test_a_uid_that_is_taken_is_replaced_and_the_last_uid_is_raised(uid: bytes, last: bytes) -> None:
    """Accounts and groups share the ids; two of one make the second disappear."""
    backup = swapped(BEFORE, b"MU AAAAAAAAC alice", b"MU " + uid + b" alice")
    result = brought_back(backup=backup)
    assert lines(result, b"MU AAAAAAAAM alice")
    assert lines(AFTER, b"LUID") == [b"LUID " + last + b" "]
    assert lines(result, b"LUID") == [b"LUID AAAAAAAAM "]


def test_a_uid_above_the_last_raises_it() -> None:
    """The living file descends from an older one: the next account must not get the restored one's uid."""
    backup = swapped(BEFORE, b"MU AAAAAAAAC alice", b"MU AAAAAAAB2 alice")
    result = brought_back(backup=backup)
    assert lines(result, b"LUID") == [b"LUID AAAAAAAB2 "]


def test_the_first_account_of_an_empty_network_goes_behind_the_head() -> None:
    """No account, no group, no channel is there to sort it among."""
    live = b"GRVER 1 \nDBV 12 \nLUID AAAAAAAAC \nCF +AFHORVabefhioqrstv \nKID 0 \nXID 0 \nQID 0 \n"
    result = brought_back(live=live).split(b"\n")
    assert result[4].startswith(b"MU AAAAAAAAC alice ")
    assert result[-4:] == [b"KID 0 ", b"XID 0 ", b"QID 0 ", b""]
