"""Asking services: who they are, what they answer, and who only sits under their nick."""

import asyncio

import pytest

from bot.irc.events import Disconnected
from core.domain.errors import ControlFailed
from tests.fakes_irc import SERVER, Peer, Scene

OPERSERV = ":OperServ!OperServ@services.test"


async def _is_at(peer: Peer, nick: str, server: str) -> None:
    """Answer the WHOIS for a nick on that server."""
    await peer.expect(f"^WHOIS {nick}$")
    peer.send(
        f"{SERVER} 311 BackupServ {nick} {nick} services.test * :x",
        f"{SERVER} 312 BackupServ {nick} {server} :x",
        f"{SERVER} 318 BackupServ {nick} :End",
    )


async def test_a_service_answers_until_it_is_quiet(scene: Scene) -> None:
    """Its notices to us, in order; nobody else's."""
    asking = asyncio.create_task(scene.seen.connection.ask_services("OperServ", "UPDATE", timeout=5))
    await _is_at(scene.peer, "OperServ", "services.test")
    await scene.peer.expect("^PRIVMSG OperServ :UPDATE$")
    scene.peer.send(
        ":OperServ!x@elsewhere NOTICE BackupServ :forged",
        ":eve!e@h NOTICE BackupServ :forged",
        f"{OPERSERV} NOTICE BackupServ :UPDATE: saving",
        f"{OPERSERV} NOTICE BackupServ :done",
    )
    assert await asking == ["UPDATE: saving", "done"]


async def test_a_person_under_a_services_nick_is_not_spoken_to(scene: Scene) -> None:
    """With services down anybody may take their nick; but not their server."""
    asking = asyncio.create_task(scene.seen.connection.ask_services("OperServ", "UPDATE", timeout=5))
    await _is_at(scene.peer, "OperServ", "irc.test")
    assert await asking == []
    assert not [line for line in scene.peer.lines if line.startswith("PRIVMSG")]
    looking = asyncio.create_task(scene.seen.connection.service_online("NickServ", 5))
    await _is_at(scene.peer, "NickServ", "irc.test")
    assert not await looking


async def test_services_that_are_not_there_do_not_answer(scene: Scene) -> None:
    asking = asyncio.create_task(scene.seen.connection.ask_services("OperServ", "UPDATE", timeout=5))
    await scene.peer.expect("^WHOIS OperServ$")
    scene.peer.send(f"{SERVER} 401 BackupServ OperServ :No such nick", f"{SERVER} 318 BackupServ OperServ :End")
    assert await asking == []


async def test_a_service_that_is_mute_is_given_up(scene: Scene) -> None:
    asking = asyncio.create_task(scene.seen.connection.ask_services("OperServ", "UPDATE", timeout=0.5))
    await _is_at(scene.peer, "OperServ", "services.test")
    await scene.peer.expect("^PRIVMSG OperServ :UPDATE$")
    assert await asyncio.wait_for(asking, 3) == []


async def test_an_answer_without_end_is_cut(scene: Scene) -> None:
    """Fifty lines say enough."""
    asking = asyncio.create_task(scene.seen.connection.ask_services("OperServ", "UPDATE", timeout=2))
    await _is_at(scene.peer, "OperServ", "services.test")
    await scene.peer.expect("^PRIVMSG OperServ")
    scene.peer.send(*[f"{OPERSERV} NOTICE BackupServ :{number}" for number in range(500)])
    assert await asking == [str(number) for number in range(50)]


async def test_who_asks_in_a_loop_does_not_use_up_what_we_may_say(scene: Scene) -> None:
    """Whoever waits for services asks many times; the server hears about one question a second."""
    began = asyncio.get_running_loop().time()
    for _ in range(3):
        looking = asyncio.create_task(scene.seen.connection.service_online("NickServ", 5))
        await _is_at(scene.peer, "NickServ", "services.test")
        assert await looking
    assert asyncio.get_running_loop().time() - began > 1.9


async def test_ison_tells_who_is_there(scene: Scene) -> None:
    """One question after the other, as the network compares names."""
    first = asyncio.create_task(scene.seen.connection.nick_online("NickServ", 5))
    second = asyncio.create_task(scene.seen.connection.nick_online("bob", 5))
    await scene.peer.expect("^ISON NickServ$")
    await scene.peer.ison("BackupServ", "NICKSERV")
    assert await first is True
    await scene.peer.expect("^ISON bob$")
    await scene.peer.ison("BackupServ")
    assert await second is False


async def test_an_answer_that_is_lost_or_late_is_no_answer_to_the_next_question(scene: Scene) -> None:
    """And who was not answered does not know: "free" it is only where the server says so."""
    ask = scene.seen.connection.nick_online
    assert await ask("carol", 0.2) is None
    carol = (await scene.peer.expect("^PING :ison-")).removeprefix("PING :")
    dave = asyncio.create_task(ask("dave", 5))
    await scene.peer.expect("^ISON dave$")
    scene.peer.send(f"{SERVER} 303 BackupServ :dave", f"{SERVER} PONG irc.test :{carol}")
    await scene.peer.ison("BackupServ")
    assert await dave is False
    erin = asyncio.create_task(ask("erin", 5))
    fence = (await scene.peer.expect("^PING :ison-")).removeprefix("PING :")
    scene.peer.send(f":erin!x@y PONG irc.test :{fence}", f"{SERVER} 303 BackupServ :erin")
    scene.peer.send(f"{SERVER} PONG irc.test :{fence}")
    assert await erin is True
    frank = asyncio.create_task(ask("frank", 5))
    fence = (await scene.peer.expect("^PING :ison-")).removeprefix("PING :")
    scene.peer.send(f"{SERVER} PONG irc.test :{fence}")
    assert await frank is None


async def test_without_a_connection_nobody_is_asked(scene: Scene) -> None:
    await scene.seen.leave()
    assert await scene.seen.connection.nick_online("NickServ", 1) is None
    assert not await scene.seen.connection.service_online("NickServ", 1)
    with pytest.raises(ControlFailed, match="not connected"):
        await scene.seen.connection.ask_services("OperServ", "UPDATE", timeout=1)


async def test_a_question_ends_with_its_link(scene: Scene) -> None:
    """Not after its own time: who waits for it must go on."""
    asking = asyncio.create_task(scene.seen.connection.ask_services("OperServ", "UPDATE", timeout=30))
    await scene.peer.expect("^WHOIS OperServ$")
    await scene.peer.close()
    await scene.seen.wait(Disconnected)
    assert await asyncio.wait_for(asking, 2) == []
