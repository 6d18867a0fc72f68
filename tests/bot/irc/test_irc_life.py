"""A connection that does not die: silence, errors, kicks, stolen nicks, services that come and go."""

import asyncio
import logging
import random
import time
from pathlib import Path

import pytest

from bot.irc import session as irc_session
from bot.irc.connection import IrcConnection
from bot.irc.events import Connected, Disconnected, Joined, LoggedIn, Opered, SaslFailed, ServicesGone, Warned
from bot.irc.messages import Message
from bot.irc.patience import Patience
from tests.fakes_irc import SERVER, US, Peer, Scene, ScriptedServer, connected, settings_for


@pytest.fixture
def password(tmp_path: Path) -> dict[str, str]:
    """A reference to a secret that says `secret`."""
    path = tmp_path / "password"
    path.write_text("secret")
    path.chmod(0o600)
    return {"file": str(path)}


# --- the link --------------------------------------------------------------------------------


async def test_a_silent_server_is_asked_and_then_left(server: ScriptedServer) -> None:
    """Frozen, with the connection open: nothing tells us but its silence."""
    settings = settings_for(server, ping_interval_seconds=0.2, ping_timeout_seconds=0.5)
    async with connected(settings) as seen:
        peer = await server.accept()
        await peer.welcome()
        await peer.expect("^PING")
        assert "silent" in (await seen.wait(Disconnected)).reason
        await (await server.accept()).welcome()
        await seen.wait(Joined, matches=lambda event: event is not seen.first(Joined))


async def test_a_server_that_answers_is_kept(server: ScriptedServer) -> None:
    settings = settings_for(server, ping_interval_seconds=0.1, ping_timeout_seconds=0.4)
    async with connected(settings) as seen:
        peer = await server.accept()
        await peer.welcome()
        for _ in range(6):
            token = (await peer.expect("^PING")).partition(" ")[2]
            peer.send(f"{SERVER} PONG irc.test {token}")
        assert seen.connection.connected


async def test_half_a_line_is_silence(server: ScriptedServer) -> None:
    """Bytes that drip without ever making a line do not keep a dead link."""
    settings = settings_for(server, ping_interval_seconds=0.1, ping_timeout_seconds=0.4)
    async with connected(settings) as seen:
        peer = await server.accept()
        await peer.welcome()
        for _ in range(12):
            peer.send_raw(b"x")
            await asyncio.sleep(0.05)
        assert "silent" in (await seen.wait(Disconnected)).reason


async def test_error_ends_it_at_once(scene: Scene) -> None:
    """Though the server leaves the socket open."""
    scene.peer.send("ERROR :Closing link: (shutting down)")
    assert "shutting down" in (await scene.seen.wait(Disconnected, 1)).reason
    await (await scene.server.accept()).expect("^CAP LS")


async def test_a_broken_link_is_taken_up_again(scene: Scene) -> None:
    """As often as it breaks; and what we are is told truly meanwhile."""
    assert (scene.seen.connection.connected, scene.seen.connection.joined) == (True, True)
    await scene.peer.close()
    await scene.seen.wait(Disconnected)
    assert (scene.seen.connection.connected, scene.seen.connection.joined) == (False, False)
    for count in range(2, 5):
        peer = await scene.server.accept()
        await peer.welcome()
        await scene.seen.times(Joined, count)
        await peer.close()


async def test_a_server_that_is_not_there_is_tried_again(server: ScriptedServer) -> None:
    settings = settings_for(ScriptedServer(server.folder, port=1))
    async with connected(settings) as seen:
        await seen.times(Disconnected, 3)
        assert "no connection" in seen.first(Disconnected).reason


async def test_a_name_that_does_not_resolve_is_tried_again(server: ScriptedServer) -> None:
    for name in ("no-such-host.invalid", "a..b", "x" * 70):
        async with connected(settings_for(server, server=name)) as seen:
            assert "no connection" in (await seen.wait(Disconnected)).reason


def test_waits_grow_with_jitter_and_end_somewhere() -> None:
    """Many bots that lost the same server do not come back at the same moment."""
    waits: list[list[float]] = [[] for _ in range(12)]
    for _ in range(200):
        patience = Patience(first=2, longest=300)
        for tries in waits:
            tries.append(patience.pause("it broke"))
    assert all(0 <= wait <= min(300, 2 * 2**tries) for tries, some in enumerate(waits) for wait in some)
    assert max(waits[0]) < 2 < max(waits[3]) < 16
    assert len(set(waits[5])) > 100
    assert max(waits[11]) <= 300


def test_a_connection_that_held_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes are good; a minute is a storm, and the waits go on growing."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(random, "uniform", lambda _, longest: longest)
    patience = Patience(first=2, longest=300)
    waits = []
    for held in (0, 0, 60, 60, 301, 0):
        patience.begin()
        now[0] += held
        waits.append(patience.pause("it broke"))
    assert waits == [2, 4, 8, 16, 2, 4]


def test_each_server_has_its_turn_before_waits_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that lives is not waited for because others are dead."""
    monkeypatch.setattr(random, "uniform", lambda _, longest: longest)
    patience = Patience(first=2, longest=300, servers=3)
    assert [patience.pause("it broke") for _ in range(7)] == [2, 2, 2, 4, 4, 4, 8]


@pytest.mark.parametrize(
    "words",
    [
        "Throttled: Reconnecting too fast",
        "You are banned from this server",
        "K-Lined",
        "Z-lined",
        "Too many host connections",
    ],
)
def test_who_is_told_to_stay_away_stays_away_for_a_while(words: str) -> None:
    """A minute at least: coming sooner makes it longer."""
    assert Patience(first=0.1, longest=1).pause(f"the server said: Closing link: {words}") >= 60


async def test_a_server_that_never_lets_us_in_is_left(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it talks all the time: capabilities for ever are survived, too."""
    monkeypatch.setattr(irc_session, "_REGISTER_SECONDS", 0.5)
    monkeypatch.setattr(irc_session, "_SASL_SECONDS", 0.2)
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        await peer.expect("^CAP LS")
        for number in range(100):
            peer.send(f"{SERVER} CAP * LS * :cap{number}")
            await asyncio.sleep(0.01)
        assert "did not let us in" in (await seen.wait(Disconnected)).reason


async def test_a_clean_stop_says_goodbye(scene: Scene) -> None:
    """What was to be said is said first."""
    scene.seen.connection.say("#opers", "last words")
    leaving = asyncio.create_task(scene.seen.leave())
    await scene.peer.expect("^PRIVMSG #opers :last words")
    await scene.peer.expect("^QUIT")
    await leaving
    assert not scene.seen.connection.connected


async def test_a_stop_does_not_wait_for_a_frozen_server(scene: Scene) -> None:
    """Nor for hundreds of lines that the pace holds back."""
    for number in range(300):
        scene.seen.connection.say("#opers", f"line {number}")
    async with asyncio.timeout(6):
        await scene.seen.leave()


# --- being somebody --------------------------------------------------------------------------


async def _login(peer: Peer, *answers: str) -> None:
    peer.send(f"{SERVER} CAP * LS :sasl=PLAIN")
    await peer.expect("^CAP REQ :sasl$")
    peer.send(f"{SERVER} CAP * ACK :sasl ")
    await peer.expect("^AUTHENTICATE PLAIN$")
    peer.send("AUTHENTICATE +")
    assert await peer.expect("^AUTHENTICATE") == "AUTHENTICATE QmFja3VwU2VydgBCYWNrdXBTZXJ2AHNlY3JldA=="
    peer.send(*answers)
    await peer.expect("^CAP END$")
    peer.send(f"{SERVER} 001 BackupServ :hi")


async def test_a_login_that_works(server: ScriptedServer, password: dict[str, str]) -> None:
    async with connected(settings_for(server, sasl={"account": "BackupServ", "password": password})) as seen:
        await _login(await server.accept(), f"{SERVER} 900 * x!x@x BackupServ :in", f"{SERVER} 903 * :ok")
        await seen.wait(Connected)
        await seen.wait(LoggedIn)
        assert not [event for event in seen.events if isinstance(event, SaslFailed)]


async def test_a_login_that_fails_is_told_and_keeps_nobody_out(
    server: ScriptedServer, password: dict[str, str]
) -> None:
    async with connected(settings_for(server, sasl={"account": "BackupServ", "password": password})) as seen:
        peer = await server.accept()
        await _login(peer, f"{SERVER} 904 * :SASL authentication failed")
        await seen.wait(Connected)
        assert "wrong" in (await seen.wait(SaslFailed)).reason
        await peer.join()
        await seen.wait(Joined)


async def test_services_that_hang_do_not_keep_us_out(
    server: ScriptedServer, password: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes our answer and never says a word about it."""
    monkeypatch.setattr(irc_session, "_SASL_SECONDS", 0.3)
    async with connected(settings_for(server, sasl={"account": "BackupServ", "password": password})) as seen:
        peer = await server.accept()
        await _login(peer)
        assert "in time" in (await seen.wait(SaslFailed)).reason


@pytest.mark.parametrize("announced", [True, False])
async def test_services_that_come_back_are_logged_in_to(
    server: ScriptedServer,
    password: dict[str, str],
    announced: bool,  # noqa: FBT001 — pytest passes parameters by name
) -> None:
    """CAP NEW tells, on some servers; on others we look from time to time, and a refusal hurts nobody."""
    settings = settings_for(
        server,
        sasl={"account": "BackupServ", "password": password},
        nick_check_seconds=600 if announced else 0.2,
    )
    async with connected(settings) as seen:
        peer = await server.accept()
        peer.send(f"{SERVER} CAP * LS :")
        await peer.expect("^CAP END$")
        peer.send(f"{SERVER} 001 BackupServ :hi")
        assert "no SASL" in (await seen.wait(SaslFailed)).reason
        if announced:
            peer.send(f"{SERVER} CAP BackupServ NEW :sasl=PLAIN")
        else:
            await peer.expect("^CAP REQ :sasl$")
            peer.send(f"{SERVER} CAP BackupServ NAK :sasl")
        await peer.expect("^CAP REQ :sasl$")
        peer.send(f"{SERVER} CAP BackupServ ACK :sasl")
        if not announced:  # nor does it say which mechanisms it knows
            await peer.expect("^AUTHENTICATE SCRAM-SHA-256$")
            peer.send(f"{SERVER} 908 BackupServ PLAIN,EXTERNAL :are available", f"{SERVER} 904 BackupServ :no")
        await peer.expect("^AUTHENTICATE PLAIN$")
        peer.send("AUTHENTICATE +")
        await peer.expect("^AUTHENTICATE QmFja3Vw")
        peer.send(f"{SERVER} 900 BackupServ x!x@x BackupServ :in", f"{SERVER} 903 BackupServ :ok")
        await seen.wait(LoggedIn)


async def test_services_that_leave_are_noticed(scene: Scene) -> None:
    scene.peer.send(f"{SERVER} CAP BackupServ DEL :sasl")
    await scene.seen.wait(ServicesGone)


async def test_a_password_file_that_is_gone_is_told_and_tried_again(server: ScriptedServer, tmp_path: Path) -> None:
    """The path is named, nothing is sent, and the bot lives."""
    sasl = {"account": "BackupServ", "password": {"file": str(tmp_path / "gone")}}
    async with connected(settings_for(server, sasl=sasl)) as seen:
        await seen.times(Disconnected, 2)
        assert str(tmp_path / "gone") in seen.first(Disconnected).reason
    await server.nobody(0.1)


@pytest.mark.parametrize(
    ("numeric", "event"), [("381", Opered), ("464", Warned), ("491", Warned)], ids=["taken", "password", "no oper here"]
)
async def test_oper_is_asked_for_once_and_what_came_of_it_is_told(
    server: ScriptedServer, password: dict[str, str], numeric: str, event: type[Opered | Warned]
) -> None:
    async with connected(settings_for(server, oper={"name": "backup", "password": password})) as seen:
        peer = await server.accept()
        peer.send(f"{SERVER} CAP * LS :")
        await peer.expect("^CAP END$")
        peer.send(f"{SERVER} 001 BackupServ :hi")
        await peer.expect("^OPER backup secret$")
        peer.send(f"{SERVER} {numeric} BackupServ :so be it")
        await seen.wait(event)
        await peer.join()
        await seen.wait(Joined)


# --- our nick --------------------------------------------------------------------------------


async def _as_other_nick(peer: Peer) -> None:
    peer.send(f"{SERVER} CAP * LS :")
    await peer.expect("^CAP END$")
    peer.send(f"{SERVER} 433 * BackupServ :Nickname is already in use")
    await peer.expect("^NICK BackupServ_$")
    peer.send(f"{SERVER} 001 BackupServ_ :hi")
    await peer.expect("^ISON BackupServ$")
    await peer.ison("BackupServ_", "BackupServ")
    await peer.expect("^JOIN #opers$")
    peer.send(":BackupServ_!backup@bot.host JOIN #opers")


@pytest.mark.parametrize("line", [":backupserv!x@y QUIT :bye", ":BackupServ!x@y NICK somebody"])
async def test_our_nick_is_taken_back_when_its_holder_leaves(server: ScriptedServer, line: str) -> None:
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        await _as_other_nick(peer)
        assert (await seen.wait(Connected)).nick in {"BackupServ", "BackupServ_"}
        peer.send(line)
        await peer.expect("^NICK BackupServ$")
        peer.send(":BackupServ_!backup@bot.host NICK :BackupServ")
        await peer.is_alive()
        assert seen.connection.nick == "BackupServ"


async def test_our_nick_is_looked_for_from_time_to_time(server: ScriptedServer) -> None:
    """Its holder shares no channel with us: nobody tells us that it is free."""
    async with connected(settings_for(server, nick_check_seconds=0.2)):
        peer = await server.accept()
        await _as_other_nick(peer)
        await peer.expect("^ISON BackupServ$")
        assert "NICK BackupServ" not in peer.lines[4:]
        await peer.ison("BackupServ_")
        await peer.expect("^NICK BackupServ$")


async def test_who_renames_us_is_not_fought_at_once(scene: Scene) -> None:
    """Services that take a nick would take it again and again."""
    scene.peer.send(f":{US} NICK :Guest123")
    await scene.peer.is_alive()
    assert scene.seen.connection.nick == "Guest123"
    assert not [line for line in scene.peer.lines[3:] if line.startswith("NICK")]


# --- our channel -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", [":oper!o@h KICK #opers BackupServ :out", f":{US} PART #opers", ":oper!o@h KICK #OPERS BACKUPSERV"]
)
async def test_thrown_out_we_come_back(scene: Scene, line: str) -> None:
    scene.peer.send(line)
    await scene.seen.wait(Warned)
    assert not scene.seen.connection.joined
    await scene.peer.expect("^JOIN #opers$")
    scene.peer.send(f":{US} JOIN #opers")
    await scene.seen.times(Joined, 2)


async def test_kicked_again_and_again_we_take_longer(server: ScriptedServer) -> None:
    """A kick war is won by nobody."""
    loop = asyncio.get_running_loop()
    gaps = []
    async with connected(settings_for(server, reconnect_limit_seconds=2)) as seen:
        peer = await server.accept()
        await peer.welcome()
        for count in range(1, 4):
            await seen.times(Joined, count)
            peer.send(":oper!o@h KICK #opers BackupServ :out")
            kicked_at = loop.time()
            await peer.join()
            gaps.append(loop.time() - kicked_at)
    assert gaps[1] > 1.5 * gaps[0]
    assert gaps[2] > 1.5 * gaps[1]


@pytest.mark.parametrize("numeric", ["471", "473", "474", "475", "477", "520"])
async def test_a_shut_channel_is_told_and_tried_again(server: ScriptedServer, numeric: str) -> None:
    """Full, invite-only, banned, key, registered, opers only: somebody may relent."""
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        peer.send(f"{SERVER} CAP * LS :")
        await peer.expect("^CAP END$")
        peer.send(f"{SERVER} 001 BackupServ :hi")
        for _ in range(2):
            await peer.expect("^JOIN #opers$")
            peer.send(f"{SERVER} {numeric} BackupServ #opers :Cannot join channel")
        assert "cannot join #opers: Cannot join channel" in (await seen.wait(Warned)).text
        await peer.join()
        await seen.wait(Joined)


async def test_another_channel_is_not_ours(scene: Scene) -> None:
    """Dragged elsewhere and thrown out there, we still sit where we belong."""
    scene.peer.send(f":{US} JOIN #elsewhere", ":o!o@h KICK #elsewhere BackupServ", ":o!o@h KICK #opers alice")
    await scene.peer.is_alive()
    assert scene.seen.connection.joined


# --- manners ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("VERSION", "\x01VERSION BackupServ test\x01"),
        ("version", "\x01VERSION BackupServ test\x01"),
        ("PING 1763890000", "\x01PING 1763890000\x01"),
        ("TIME", r"\x01TIME \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\x01"),
    ],
)
async def test_ctcp_is_answered_by_notice(scene: Scene, question: str, answer: str) -> None:
    scene.peer.send(f":eve!e@h PRIVMSG BackupServ :\x01{question}\x01")
    await scene.peer.expect(f"^NOTICE eve :{answer}$")


@pytest.mark.parametrize("gone", [":alice!a@h QUIT :bye", ":alice!a@h NICK :other"])
async def test_a_list_ends_with_who_asked_for_it(scene: Scene, gone: str) -> None:
    """The next who bears the nick reads none of it."""
    for number in range(40):
        scene.seen.connection.notice("alice", f"line {number}", priority=4)
    await scene.peer.expect("^NOTICE alice :line 0$")
    scene.peer.send(gone)
    await scene.peer.is_alive()  # what was on its way came before this answer
    await scene.peer.silent(2.5)
    assert sum(line.startswith("NOTICE alice ") for line in scene.peer.lines) < 40


async def test_ctcp_is_answered_seldom(scene: Scene) -> None:
    """Once in ten seconds in all, whoever asks: nobody makes us flood."""
    for number in range(20):
        scene.peer.send(f":eve{number}!e@h PRIVMSG BackupServ :\x01VERSION\x01")
    await scene.peer.expect("^NOTICE eve0 ")  # answers wait behind everything else
    await scene.peer.is_alive()
    await scene.peer.silent()


@pytest.mark.parametrize(
    "line",
    [
        ":eve!e@h NOTICE BackupServ :\x01VERSION\x01",
        ":eve!e@h PRIVMSG #opers :\x01VERSION\x01",
        ":eve!e@h PRIVMSG BackupServ :\x01DCC SEND x 1 2 3\x01",
        ":eve!e@h PRIVMSG BackupServ :\x01ACTION waves\x01",
        ":irc.test PRIVMSG BackupServ :\x01VERSION\x01",
    ],
)
async def test_other_ctcp_is_not_answered(scene: Scene, line: str) -> None:
    """Notices, channels, DCC, actions, servers."""
    scene.peer.send(line)
    await scene.peer.is_alive()
    await scene.peer.silent()


async def test_bot_mode_where_the_server_has_it(server: ScriptedServer) -> None:
    async with connected(settings_for(server)):
        peer = await server.accept()
        await peer.welcome(isupport="CASEMAPPING=ascii BOT=B NETWORK=x")
        await peer.is_alive()
        assert "MODE BackupServ +B" in peer.lines


@pytest.mark.parametrize(
    ("lines", "prefix"),
    [
        ([], US),
        (
            [f"{SERVER} 396 BackupServ a.much.longer.cloak.test :is now your displayed host"],
            "BackupServ!backup@a.much.longer.cloak.test",
        ),
        ([f":{US} CHGHOST user new.host"], "BackupServ!user@new.host"),
        ([f":{US} NICK :B"], "B!backup@bot.host"),
    ],
)
async def test_long_answers_fit_what_others_see_of_us(scene: Scene, lines: list[str], prefix: str) -> None:
    """With our prefix in front, no line is over 512 bytes, and it is full."""
    scene.peer.send(*lines)
    await scene.peer.is_alive()
    scene.seen.connection.say("#opers", "x" * 700)
    first = await scene.peer.expect("^PRIVMSG")
    assert len(f":{prefix} {first}\r\n") == 512


async def test_before_our_host_is_known_the_longest_is_assumed(server: ScriptedServer) -> None:
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        peer.send(f"{SERVER} CAP * LS :")
        await peer.expect("^CAP END$")
        peer.send(f"{SERVER} 001 BackupServ :hi")
        await seen.wait(Connected)
        seen.connection.say("alice", "x" * 700)
        first = await peer.expect("^PRIVMSG")
        assert len(f":BackupServ!{'u' * 11}@{'h' * 63} {first}\r\n") <= 512


async def test_nothing_is_said_while_there_is_no_connection(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in the log, and it does not come later, when it would be wrong."""
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        seen.connection.say("#opers", "too early")
        await peer.welcome()
        await seen.wait(Joined)
        await peer.is_alive()
    assert not [line for line in peer.lines if "too early" in line]
    assert "not said: too early" in caplog.text


async def test_a_listener_that_fails_does_not_end_the_connection(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither for messages nor for events."""

    async def take(message: Message) -> None:
        raise ValueError(message.text)

    def tell(event: object) -> None:
        raise ValueError(str(event))

    connection = IrcConnection(settings_for(server), on_message=take, on_event=tell, version="x")
    running = asyncio.create_task(connection.run())
    peer = await server.accept()
    await peer.welcome()
    peer.send(":alice!a@h PRIVMSG #opers :!boom")
    await peer.is_alive()
    assert connection.joined
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "a message was not taken" in caplog.text


async def test_a_listener_may_ask_who_it_is_before_it_returns(server: ScriptedServer) -> None:
    """The answer comes in on the connection that the listener holds up: it must not."""
    found: list[object] = []

    async def take(message: Message) -> None:
        found.append(await connection.identify(message))

    connection = IrcConnection(settings_for(server), on_message=take, on_event=lambda _: None, version="x")
    running = asyncio.create_task(connection.run())
    peer = await server.accept()
    await peer.welcome()
    peer.send(":alice!a@h JOIN #opers", ":alice!a@h PRIVMSG #opers :!status")
    await peer.expect("^WHOIS alice alice$")
    peer.send(f"{SERVER} 311 BackupServ alice a h * :A", f"{SERVER} 318 BackupServ alice :End")
    await peer.is_alive()
    assert len(found) == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_crowd_that_talks_does_not_fill_our_memory(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody takes is dropped, with a word in the log, and PING is answered all the while."""
    caplog.set_level(logging.WARNING)
    stuck = asyncio.Event()

    async def take(message: Message) -> None:
        del message
        await stuck.wait()

    connection = IrcConnection(settings_for(server), on_message=take, on_event=lambda _: None, version="x")
    running = asyncio.create_task(connection.run())
    peer = await server.accept()
    await peer.welcome()
    peer.send(*[f":alice!a@h PRIVMSG #opers :{number}" for number in range(500)])
    await peer.is_alive()
    assert "a message was dropped" in caplog.text
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
