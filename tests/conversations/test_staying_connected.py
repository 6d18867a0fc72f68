"""The bot's link on a real socket with TLS: it proves the server, notices silence, comes back, and regains its name."""

import asyncio

import pytest

from bot.demo.certificates import make_pair
from bot.demo.person import Person
from bot.irc.events import Connected, Disconnected, Joined, Warned
from bot.settings import TlsSettings
from tests.conversations.house import House, connected, until


async def test_it_joins_and_answers_version(house: House) -> None:
    async with connected(house.settings()) as (connection, heard):
        await until(lambda: heard.count(Joined))
        assert connection.joined

        def ask() -> str:
            person = Person("alice", house.ircd.port, house.ca)
            person.say("BackupServ", "\x01VERSION\x01")
            answer = person.hear("BackupServ")
            person.leave()
            return answer

        assert "VERSION BackupServ test" in await asyncio.to_thread(ask)


async def test_a_server_that_falls_silent_is_left_and_found_again(house: House) -> None:
    """No byte, no error: only our own watch can notice."""
    async with connected(house.settings()) as (_, heard):
        await until(lambda: heard.count(Joined))
        house.ircd.freeze()
        await until(lambda: heard.count(Disconnected))
        assert any("silent" in str(event) for event in heard.events)
        house.ircd.freeze(frozen=False)
        await until(lambda: heard.count(Joined) == 2)


async def test_a_link_that_is_cut_is_made_again(house: House) -> None:
    async with connected(house.settings()) as (_, heard):
        await until(lambda: heard.count(Joined))
        house.ircd.drop("BackupServ")
        await until(lambda: heard.count(Joined) == 2)


async def test_a_name_that_is_taken_is_regained_when_it_is_free(house: House) -> None:
    thief = await asyncio.to_thread(Person, "BackupServ", house.ircd.port, house.ca)
    await asyncio.to_thread(thief.send, "JOIN #opers")
    async with connected(house.settings()) as (connection, heard):
        await until(lambda: heard.count(Joined))
        assert connection.nick != "BackupServ"
        await asyncio.to_thread(thief.leave)
        await until(lambda: connection.nick == "BackupServ")


async def test_it_becomes_an_operator_where_that_is_configured(house: House) -> None:
    settings = house.settings(oper={"name": "alice", "password": house.secret("oper-password")})
    async with connected(settings) as (_, heard):
        await until(lambda: heard.count(Joined))
        await until(lambda: house.ircd.clients["BackupServ"].is_oper)


async def test_a_refused_oper_is_told_and_no_end(house: House) -> None:
    settings = house.settings(oper={"name": "alice", "password": house.secret("hunter2")})
    async with connected(settings) as (_, heard):
        await until(lambda: heard.count(Joined) and heard.count(Warned))
        assert "hunter2" not in str(heard.events)


@pytest.mark.parametrize("case", ["another CA", "another host", "another fingerprint"])
async def test_a_server_that_cannot_prove_itself_hears_not_one_line(house: House, case: str) -> None:
    other = house.folder / "other"
    other.mkdir()
    foreign = make_pair(other, host="elsewhere.test")
    tls = TlsSettings(ca_file=house.ca)
    if case == "another CA":
        tls = TlsSettings(ca_file=other / "ca.pem")
    elif case == "another fingerprint":
        tls = TlsSettings(fingerprint=foreign)
    else:
        tls = TlsSettings(ca_file=other / "ca.pem")
        house.ircd.tls.load_cert_chain(str(other / "server.pem"), str(other / "server.key"))
    async with connected(house.settings(tls=tls)) as (_, heard):
        await until(lambda: heard.count(Disconnected))
        assert heard.count(Connected) == 0
        assert house.ircd.clients == {}


async def test_a_pinned_certificate_is_proof_enough(house: House) -> None:
    async with connected(house.settings(tls=TlsSettings(fingerprint=house.fingerprint))) as (_, heard):
        await until(lambda: heard.count(Joined))


async def test_verification_that_is_off_is_loud(house: House) -> None:
    async with connected(house.settings(tls=TlsSettings(verify=False))) as (_, heard):
        await until(lambda: heard.count(Joined))
        assert any("verif" in str(event).lower() for event in heard.events if isinstance(event, Warned))


async def test_what_others_wrote_never_becomes_a_line_of_ours(house: House) -> None:
    """CTCP's quoting, CR, LF and NUL in an echo stay text: no second line leaves the bot."""
    async with connected(house.settings()) as (connection, heard):
        await until(lambda: heard.count(Joined))
        evil = "answer \x10rJOIN #pwned\rJOIN #pwned\nJOIN #pwned\0JOIN #pwned"
        connection.say("#opers", evil)
        connection.notice("BackupServ\r\nJOIN #pwned", evil)
        await asyncio.sleep(0.5)
        assert "#pwned" not in house.ircd.channels
        assert connection.joined


async def test_a_long_answer_arrives_whole_in_lines_that_fit(house: House) -> None:
    alice = await asyncio.to_thread(Person, "alice", house.ircd.port, house.ca)
    await asyncio.to_thread(alice.send, "JOIN #opers")
    async with connected(house.settings()) as (connection, heard):
        await until(lambda: heard.count(Joined))
        text = ("žluťoučký kůň ☺ " * 120).strip()
        connection.say("#opers", text)

        def collect() -> str:
            parts: list[str] = []
            while len(" ".join(parts)) < len(text):
                part = alice.hear("BackupServ")
                assert len(part.encode()) < 500
                assert "\ufffd" not in part
                parts.append(part)
            return " ".join(parts)

        assert await asyncio.to_thread(collect) == text
    await asyncio.to_thread(alice.leave)


async def test_it_says_goodbye(house: House) -> None:
    async with connected(house.settings()) as (_, heard):
        await until(lambda: heard.count(Joined))
    await until(lambda: not house.ircd.has("BackupServ"))
