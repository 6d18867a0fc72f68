"""Everything that the `irc` library does wrong in a client's hands, row by row, and what becomes of it here.

The rows are those found by attacking that library (20.5) on real servers. Most are proven by tests of the part that
does it right; their names stand here, so that none is lost. The others are proven below.
"""

import ast
import asyncio
from pathlib import Path

import pytest

from bot.irc.casemap import Names
from bot.irc.ctcp import CtcpAnswers
from bot.irc.events import Disconnected, Joined
from bot.irc.messages import parse_line
from bot.irc.registration import WANTED
from bot.irc.surroundings import Surroundings
from tests.fakes_irc import Scene, ScriptedServer, connected, settings_for

ROOT = Path(__file__).parents[3]
DEFECTS = """\
a user's text becomes a line | conversations/test_injection | test_nothing_is_obeyed_where_a_lone_cr_ends_a_line
NUL is not refused | bot/irc/test_irc_crash_table | test_cr_lf_and_nul_never_leave
casemapping is always rfc1459 | bot/irc/test_irc_identity | test_names_compare_as_the_network_says
sync and aio: PRIVMSG with invalid UTF-8 | bot/irc/test_irc_crash_table | test_one_bad_line_hurts_nobody
sync: CTCP DCC without arguments | bot/irc/test_irc_crash_table | test_one_bad_line_hurts_nobody
sync and aio: lines with too few parameters | bot/irc/test_irc_crash_table | test_one_bad_line_hurts_nobody
sync: a channel it thinks it is not in | bot/irc/test_irc_crash_table | test_one_bad_line_hurts_nobody
sync and aio: text with 0x10 n is echoed | bot/irc/test_irc_crash_table | test_text_that_would_become_a_line_stays_text
sync and aio: more than 510 bytes are sent | bot/irc/test_irc_life | test_long_answers_fit_what_others_see_of_us
SASL: only PLAIN | conversations/test_irctest_sasl | test_scram
SASL: CAP LS without 302 | bot/irc/test_irc_registration | test_the_first_line_asks_for_capabilities
SASL: an ACK with a space at the end hangs | bot/irc/test_irc_registration | test_login_begins_when_all_is_answered
SASL: 902, 905, 906 and 907 hang | bot/irc/test_irc_registration | test_a_failed_login_keeps_nobody_out
SASL: no pieces of 400 | conversations/test_irctest_sasl | test_large_payloads_go_in_pieces_of_400
SASL: PLAIN without authzid | bot/irc/test_irc_registration | test_plain_names_the_account_twice
SASL: a failure is not told | bot/irc/test_irc_life | test_a_login_that_fails_is_told_and_keeps_nobody_out
no CAP NEW | bot/irc/test_irc_life | test_services_that_come_back_are_logged_in_to
no CAP DEL | bot/irc/test_irc_life | test_services_that_leave_are_noticed
no STS | conversations/test_irctest_tls | test_sts_goes_to_tls_and_stays_there
a lone backslash at the end of a tag is kept | bot/irc/test_irc_lines | test_a_line_is_taken_apart_as_the_protocol_says
no timeout for a mute TLS server | bot/irc/test_irc_tls | test_who_speaks_no_tls_is_not_spoken_to
a peer that stops answering stays connected | bot/irc/test_irc_life | test_a_silent_server_is_asked_and_then_left
errors of TLS are raw | bot/irc/test_irc_tls | test_a_server_of_another_ca_hears_nothing
back-off is never reset, and shared | bot/irc/test_irc_life | test_waits_grow_with_jitter_and_end_somewhere
433 is left to the caller | bot/irc/test_irc_registration | test_a_nick_that_is_taken_is_varied
no regaining of a nick | bot/irc/test_irc_life | test_our_nick_is_looked_for_from_time_to_time
ERROR is only an event | bot/irc/test_irc_life | test_error_ends_it_at_once
who does not read blocks | bot/irc/test_irc_crash_table | test_a_server_that_does_not_read_does_not_fill_our_memory
the rate limit knows no bytes | bot/irc/test_irc_outbox | test_a_long_line_is_paid_in_full
"""  # what the library does | where the test is | its name
ROWS = [[cell.strip() for cell in row.split("|")] for row in DEFECTS.splitlines()]


@pytest.mark.parametrize(("place", "name"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_defect_has_the_test_that_proves_it_absent(place: str, name: str) -> None:
    tree = ast.parse((ROOT / "tests" / f"{place}.py").read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_capabilities_that_change_what_names_look_like_are_not_asked_for() -> None:
    """The library takes `&@alice!a@h` for a nick."""
    assert WANTED.isdisjoint({"multi-prefix", "userhost-in-names"})


def test_a_token_without_a_value_counts() -> None:
    """The library throws it away, and never learns of WHOX."""
    around = Surroundings(Names())
    around.feed(parse_line(b":irc.test 005 BackupServ WHOX NETWORK=x :are supported"))
    assert around.has_whox


def test_a_ctcp_answer_holds_no_unfinished_template() -> None:
    """The library sends the text `{ctcptype}` where nothing follows the verb; and what follows is not sent back raw."""
    answers = iter(range(0, 100, 20))
    ctcp = CtcpAnswers("v", lambda: float(next(answers)))
    assert ctcp.answer(parse_line(b":a!b@c PRIVMSG us :\x01PING\x01")) == "NOTICE a :\x01PING \x01"
    assert ctcp.answer(parse_line(b":a!b@c PRIVMSG us :\x01PING 1\x10n\x02\x01")) == "NOTICE a :\x01PING 1?n?\x01"


async def test_a_slow_pace_does_not_hold_up_pong(scene: Scene) -> None:
    """The library sleeps in its reactor: six lines blocked it for 2.5 seconds."""
    for number in range(60):
        scene.seen.connection.say("#opers", f"line {number}")
    began = asyncio.get_running_loop().time()
    await scene.peer.is_alive()
    assert asyncio.get_running_loop().time() - began < 2


async def test_what_is_said_after_the_end_is_told_and_nothing_breaks(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """The library loses the line without a word, and its keepalive kills the bot."""
    await scene.peer.close()
    await scene.seen.wait(Disconnected)
    scene.seen.connection.say("#opers", "into the void")
    assert "not connected; not said: into the void" in caplog.text
    peer = await scene.server.accept()
    await peer.welcome()
    await peer.is_alive()


async def test_nothing_is_left_over_from_one_connection_to_the_next(server: ScriptedServer) -> None:
    """The library keeps 2 to 6 of its listeners for each; and what one server supported is not taken for the next."""
    async with connected(settings_for(server)) as seen:
        tasks: list[int] = []
        for mapping in ("ascii", "", ""):
            peer = await server.accept()
            await peer.welcome(isupport=f"CASEMAPPING={mapping} WHOX" if mapping else "")
            await seen.times(Joined, len(tasks) + 1)
            await peer.is_alive()
            tasks.append(len(asyncio.all_tasks()))
            session = seen.connection._session
            assert session is not None
            assert session.witness.surroundings.has_whox == bool(mapping)
            assert (session._names.name("a[") == session._names.name("a{")) == (not mapping)
            await peer.close()
            await seen.times(Disconnected, len(tasks))
        assert tasks[0] == tasks[1] == tasks[2]


async def test_the_longest_line_does_not_end_the_connection(scene: Scene) -> None:
    """The library raises MessageTooLong, and drops the link with it."""
    scene.seen.connection.say("#opers", "ß" * 2000)
    first = await scene.peer.expect("^PRIVMSG")
    assert len(first.encode()) <= 510
    await scene.peer.is_alive()
