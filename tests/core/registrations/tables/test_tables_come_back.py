"""One account or channel back into SQLite tables: what comes, what stays, and what is never touched."""

from dataclasses import replace

import pytest

from core.domain.errors import AccountNotFound, PlanBlocked
from core.registrations.tables import dump, load
from core.registrations.wish import Network, Wishes
from tests.core.registrations.tables.village import (
    AFTER,
    AFTER_NUMBERED,
    ALICE,
    BEFORE,
    BEFORE_NUMBERED,
    NAMED,
    NOW,
    OTHERS,
    carried_out,
    changed,
    made,
    plan_of,
    rows,
    rows_of,
    undo_of,
)

ODD = ["it's", 'say"x"', "100%s", "'; DROP TABLE account_table; --", "a\0b", "žluť🐎", "?1", ":name", "\udce9t\udcff"]


def _bound(name: str) -> str | bytes:
    return name.encode("utf-8", "surrogateescape") if "\udce9" in name else name


def _with(name: str) -> bytes:
    """The village with somebody of that name."""
    return made(
        NAMED,
        OTHERS,
        rows=[
            ("INSERT INTO account_table VALUES (CAST(? AS TEXT), 'h', NULL, 5, 5)", (_bound(name),)),
            ("INSERT INTO nick_table VALUES (CAST(? AS TEXT), CAST(? AS TEXT), 5, 5)", (_bound(name), _bound(name))),
            ("INSERT INTO chanacs_table VALUES ('#town', CAST(? AS TEXT), '+v')", (_bound(name),)),
        ],
    )


def test_an_account_comes_back_with_its_nicks_and_its_access_and_nothing_else_changes() -> None:
    plan = plan_of()
    result = rows(carried_out(plan, AFTER))
    gone = {table: [row for row in result[table] if row not in kept] for table, kept in rows(AFTER).items()}
    assert [row[0] for row in gone["account_table"]] == ["alice"]
    assert [row[0] for row in gone["nick_table"]] == ["alice", "alice_"]
    assert gone["chanacs_table"] == [("#town", "alice", "+Aiotv")]
    assert gone["chan_table"] == []
    assert all(row in result[table] for table, kept in rows(AFTER).items() for row in kept)
    assert plan.left_out == ("channel #alice is gone (was founder)",)
    assert plan.powers == ("+Aiotv in #town",)


def test_with_what_it_founded_everything_is_as_it_was() -> None:
    assert rows(carried_out(plan_of(wishes=Wishes(founded=True)), AFTER)) == rows(BEFORE)


@pytest.mark.parametrize("name", ["ALICE", "Alice_", "alice_"])
def test_the_name_is_found_in_any_case_and_by_a_grouped_nick(name: str) -> None:
    assert plan_of(name).name == "alice"


@pytest.mark.parametrize("name", ODD)
def test_no_name_does_harm(name: str) -> None:
    backup = _with(name)
    plan = plan_of(name, backup=backup)
    result = carried_out(plan, AFTER)
    assert rows(result) == rows(backup)
    assert rows(carried_out(undo_of(load(dump(plan)), result), result)) == rows(AFTER)


@pytest.mark.parametrize("name", ODD)
def test_who_asks_for_an_odd_name_that_is_not_there_is_told_so(name: str) -> None:
    with pytest.raises(AccountNotFound):
        plan_of(name)


def test_numbers_that_others_have_now_are_given_anew_and_all_that_comes_along_follows() -> None:
    plan = plan_of(backup=BEFORE_NUMBERED, live=AFTER_NUMBERED, wishes=Wishes(founded=True))
    result = rows(carried_out(plan, AFTER_NUMBERED))
    assert (3, "alice", "hash-of-alice", 1551484800) in result["account_table"]
    assert [row[2] for row in result["nick_table"] if str(row[1]).startswith("alice")] == [3, 3]
    assert (3, "#alice", 1551500000, 3) in result["chan_table"]
    assert {(row[1], row[2]) for row in result["chanacs_table"]} >= {(1, 3), (3, 3), (3, 1)}
    assert all(row in result[table] for table, kept in rows(AFTER_NUMBERED).items() for row in kept)
    assert [conflict.code for conflict in plan.conflicts] == ["id-taken", "id-taken"]


def test_a_number_that_means_somebody_else_now_gives_him_nothing() -> None:
    """The snapshot's account 2 is alice, the living one's is carol: alice's entry in #alice must not become carol's."""
    plan = plan_of("#alice", kind="channel", backup=BEFORE_NUMBERED, live=AFTER_NUMBERED, wishes=Wishes(founder="bob"))
    result = rows_of(carried_out(plan, AFTER_NUMBERED), "chanacs_table")
    came = [row for row in result if row not in rows_of(AFTER_NUMBERED, "chanacs_table")]
    assert [row[2] for row in came] == [1]
    assert "access: alice is gone" in plan.left_out


def test_a_name_that_somebody_else_registered_since_gets_no_access() -> None:
    live = changed(AFTER, "UPDATE account_table SET registered = 1790000000 WHERE name = 'bob'")
    plan = plan_of(
        "#alice",
        kind="channel",
        live=changed(
            live,
            ALICE,
            "DELETE FROM chan_table WHERE chan = '#alice'",
            "DELETE FROM chanacs_table WHERE chan = '#alice'",
        ),
    )
    assert plan.access == ("alice +F",)
    assert plan.left_out == ("access: bob was registered anew since",)


def test_an_account_that_exists_waits_for_a_choice() -> None:
    plan = plan_of("bob", live=AFTER)
    assert plan.blocked
    assert plan.insertions == plan.removals == ()
    assert plan.conflicts[0].code == "account-exists"
    assert plan.conflicts[0].choices == ("ask", "merge", "replace", "as NEWNAME")


def test_merging_adds_what_the_living_account_lacks_and_leaves_it_as_it_is() -> None:
    live = changed(BEFORE, "DELETE FROM nick_table WHERE nick = 'alice_'; UPDATE account_table SET pass = 'new'")
    result = rows(carried_out(plan_of(live=live, wishes=Wishes(choices={"": "merge"})), live))
    assert "alice_" in [row[0] for row in result["nick_table"]]
    assert result["account_table"] == rows_of(live, "account_table")


def test_replacing_takes_out_the_new_account_its_nicks_and_its_access() -> None:
    newcomer = (
        "INSERT INTO account_table VALUES ('ALICE', 'thief', NULL, 1790000000, 1790000000);"
        "INSERT INTO nick_table VALUES ('ALICE', 'ALICE', 1790000000, 1), ('thief', 'ALICE', 1790000000, 1);"
        "INSERT INTO chanacs_table VALUES ('#town', 'ALICE', '+F')"
    )
    live = changed(AFTER, newcomer)
    assert plan_of(live=live).blocked
    plan = plan_of(live=live, wishes=Wishes(choices={"": "replace"}))
    result = carried_out(plan, live)
    assert rows(result) == rows(carried_out(plan_of(), AFTER))
    assert plan.rows_removed == 4
    assert rows(carried_out(undo_of(plan, result, before=live), result)) == rows(live)


def test_replacing_keeps_the_number_that_others_mean_it_by() -> None:
    live = changed(AFTER_NUMBERED, "UPDATE account_table SET name = 'Alice' WHERE id = 2")
    plan = plan_of(backup=BEFORE_NUMBERED, live=live, wishes=Wishes(choices={"": "replace"}))
    result = rows(carried_out(plan, live))
    assert (2, "alice", "hash-of-alice", 1551484800) in result["account_table"]
    assert (2, "#carol", 1700000000, 2) in result["chan_table"]
    assert any("#carol" in power for power in plan.powers)


def test_under_another_name_everything_follows() -> None:
    plan = plan_of("bob", live=AFTER, wishes=Wishes(new_name="bobby"))
    result = rows(carried_out(plan, AFTER))
    assert ("bobby", "hash-of-bob", "b@example.net", 1551480000, 1700000001) in result["account_table"]
    assert ("bobby", "bobby", 1551480000, 1700000001) in result["nick_table"]
    assert ("#town", "bobby", "+F") in result["chanacs_table"]


def test_a_nick_that_is_another_accounts_now_is_left_to_him_unless_it_is_asked_for() -> None:
    live = changed(AFTER, "INSERT INTO nick_table VALUES ('Alice_', 'bob', 1790000000, 1)")
    plan = plan_of(live=live)
    assert [str(conflict) for conflict in plan.conflicts] == ["nick alice_ is bob's now"]
    assert ("Alice_", "bob", 1790000000, 1) in rows_of(carried_out(plan, live), "nick_table")
    taken = plan_of(live=live, wishes=Wishes(choices={"alice_": "replace"}))
    assert ("alice_", "alice", 1551484900, 1) in rows_of(carried_out(taken, live), "nick_table")
    assert taken.going


def test_a_nick_that_is_an_account_now_is_never_taken() -> None:
    live = changed(AFTER, "INSERT INTO account_table VALUES ('alice_', 'x', NULL, 1790000000, 1)")
    plan = plan_of(live=live, wishes=Wishes(choices={"alice_": "replace"}))
    assert "alice_" not in [row[0] for row in rows_of(carried_out(plan, live), "nick_table")]


def test_a_channel_that_was_registered_anew_is_left_alone_unless_it_is_asked_for() -> None:
    live = changed(AFTER, "UPDATE chan_table SET registered = 1790000000")
    plan = plan_of(live=live)
    assert plan.access == ()
    assert [conflict.code for conflict in plan.conflicts] == ["channel-reregistered"]
    assert plan_of(live=live, wishes=Wishes(choices={"#town": "merge"})).access == ("#town +Aiotv back",)


def test_columns_are_matched_by_name_dropped_with_a_note_and_filled_by_default() -> None:
    live = made(
        "CREATE TABLE account_table("
        "lastlogin INT, Pass TEXT, language TEXT NOT NULL DEFAULT 'en', NAME TEXT PRIMARY KEY)"
    )
    plan = plan_of(live=live)
    assert rows_of(carried_out(plan, live), "account_table") == [(1700000000, "hash-of-alice", "en", "alice")]
    assert any("no column email" in note for note in plan.notes)
    assert any("no nick_table" in text for text in plan.left_out)


def test_a_column_that_needs_a_value_blocks_the_plan() -> None:
    live = changed(
        AFTER,
        "CREATE TABLE x(y); DROP TABLE nick_table;"
        "CREATE TABLE nick_table(nick TEXT, account TEXT, vhost TEXT NOT NULL)",
    )
    assert plan_of(live=live).blocked == "nick_table wants a value for vhost, which the snapshot does not have"


def test_a_value_that_must_be_unique_and_is_somebody_elses_stays_out() -> None:
    live = changed(
        AFTER,
        "CREATE UNIQUE INDEX e ON account_table(email);"
        "UPDATE account_table SET email = 'a@example.net' WHERE name = 'bob'",
    )
    plan = plan_of(live=live)
    assert [conflict.code for conflict in plan.conflicts] == ["value-taken"]
    assert ("alice", "hash-of-alice", None, 1551484800, 1700000000) in rows_of(carried_out(plan, live), "account_table")
    assert "example.net" not in repr(plan.details())


@pytest.mark.parametrize("wanted", [False, True])
def test_services_operator_comes_back_only_where_it_is_wished_for(wanted: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    column = "ALTER TABLE account_table ADD COLUMN operclass TEXT;"
    backup = changed(BEFORE, column, "UPDATE account_table SET operclass = 'sra'")
    plan = plan_of(backup=backup, live=changed(AFTER, column), wishes=Wishes(operator=wanted))
    result = rows_of(carried_out(plan, changed(AFTER, column)), "account_table")
    assert (result[0][-1] == "sra") is wanted
    assert ("services operator (operclass)" in plan.powers) is wanted
    assert ("services operator (operclass)" in plan.left_out) is not wanted


def test_rows_that_were_left_behind_are_told_as_power() -> None:
    live = changed(AFTER, "UPDATE chan_table SET founder = 'alice' WHERE chan = '#town'")
    assert "founder of #town, as rows there still say" in plan_of(live=live).powers


def test_a_channel_comes_back_with_those_who_are_there() -> None:
    live = changed(
        BEFORE, "DELETE FROM chan_table WHERE chan = '#alice'; DELETE FROM chanacs_table WHERE chan = '#alice'"
    )
    plan = plan_of("#ALICE", kind="channel", live=live)
    assert rows(carried_out(plan, live)) == rows(BEFORE)
    assert plan.powers == ("alice founds #alice",)


def test_a_channel_without_a_founder_waits_for_one() -> None:
    assert "has no founder: alice is gone" in plan_of("#alice", kind="channel").blocked
    plan = plan_of("#alice", kind="channel", wishes=Wishes(founder="BOB"))
    assert ("#alice", "bob", 1551500000, 1700000000) in rows_of(carried_out(plan, AFTER), "chan_table")


def test_where_the_list_alone_says_who_founds_it_the_heir_gets_the_founders_entry() -> None:
    cut = "ALTER TABLE chan_table DROP COLUMN founder"
    backup, live = changed(BEFORE, cut), changed(AFTER, cut)
    assert "has no founder" in plan_of("#alice", kind="channel", backup=backup, live=live).blocked
    plan = plan_of("#alice", kind="channel", backup=backup, live=live, wishes=Wishes(founder="bob"))
    assert plan.access == ("bob +F",)


def test_what_was_not_used_for_long_is_guarded_against_the_first_sweep() -> None:
    plan = plan_of(network=Network(nick_days=30))
    account = next(row for row in rows_of(carried_out(plan, AFTER), "account_table") if row[0] == "alice")
    assert account[4] == int(NOW.timestamp())
    assert len(plan.expiry) == 1


def test_groups_are_refused() -> None:
    with pytest.raises(PlanBlocked, match="no groups"):
        plan_of("!g", kind="group")


def test_a_table_without_its_name_is_refused() -> None:
    with pytest.raises(PlanBlocked, match="no column `name`"):
        plan_of(live=made("CREATE TABLE account_table(x)"))


def test_the_digest_is_the_same_while_only_life_goes_on_and_another_where_it_matters() -> None:
    digest = plan_of().digest
    for life in (
        "UPDATE account_table SET lastlogin = 1, pass = 'x' WHERE name = 'bob'",
        "INSERT INTO account_table VALUES ('dora', 'x', NULL, 1790000000, 1)",
        "UPDATE chan_table SET used = 5",
    ):
        assert plan_of(live=changed(AFTER, life)).digest == digest, life
    for life in (
        "INSERT INTO account_table VALUES ('alice', 'x', NULL, 1790000000, 1)",
        "INSERT INTO nick_table VALUES ('alice_', 'bob', 1, 1)",
        "UPDATE chan_table SET registered = 5",
        "UPDATE chan_table SET founder = 'carol'",
        "INSERT INTO chanacs_table VALUES ('#town', 'alice', '+b')",
        "ALTER TABLE nick_table ADD COLUMN x INT",
    ):
        assert plan_of(live=changed(AFTER, life)).digest != digest, life


def test_new_numbers_are_not_part_of_the_digest() -> None:
    """Somebody who registers meanwhile takes the next number; the plan stays what was agreed to."""
    live = changed(AFTER_NUMBERED, "INSERT INTO account_table VALUES (9, 'dora', 'x', 1)")
    first, second = (plan_of(backup=BEFORE_NUMBERED, live=one) for one in (AFTER_NUMBERED, live))
    assert first.digest == second.digest
    assert first.insertions != second.insertions


def test_a_plan_shows_no_secret() -> None:
    told = repr((plan_of(), plan_of().details(), plan_of().as_dict()))
    assert "hash-of" not in told
    assert "example.net" not in told


def test_what_changed_since_is_told_by_the_undo_and_left_unless_it_is_asked_for() -> None:
    plan = plan_of()
    result = changed(carried_out(plan, AFTER), "UPDATE account_table SET pass = 'new' WHERE name = 'alice'")
    undo = undo_of(plan, result)
    assert "has changed since" in undo.blocked
    again = undo_of(plan, result, wishes=Wishes(choices={"": "replace"}))
    assert rows(carried_out(again, result)) == rows(AFTER)


def test_a_login_since_does_not_count_as_a_change() -> None:
    plan = plan_of()
    result = changed(carried_out(plan, AFTER), "UPDATE account_table SET lastlogin = 1790000000")
    assert not undo_of(plan, result).blocked


def test_what_the_account_got_since_is_not_left_without_it() -> None:
    plan = plan_of()
    result = changed(carried_out(plan, AFTER), "INSERT INTO nick_table VALUES ('ally', 'alice', 1, 1)")
    assert "1 nick or access row" in undo_of(plan, result).blocked
    again = undo_of(plan, result, wishes=Wishes(choices={"": "replace"}))
    assert rows(carried_out(again, result)) == rows(AFTER)


def test_what_is_gone_already_is_told() -> None:
    plan = plan_of()
    undo = undo_of(plan, AFTER)
    assert undo.removals == ()
    assert "account alice is gone already" in undo.notes


def test_what_is_kept_of_a_restore_is_read_back_as_it_was() -> None:
    plan = plan_of(backup=changed(BEFORE, "UPDATE account_table SET pass = X'00FF'"))
    kept = load(dump(plan))
    assert kept.insertions == plan.insertions
    assert kept == replace(kept, kind=plan.kind, name=plan.name)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"kind":"account","name":"x","removals":[1],"insertions":[]}']
)
def test_what_is_not_a_kept_change_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        load(content)
