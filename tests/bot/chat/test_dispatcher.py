"""Who may not command hears nothing; who may hears one line for every mistake."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import cast

import pytest

from bot.chat import dispatcher as dispatcher_module
from bot.chat.agreement import Agreements
from bot.chat.authority import Actor, Role, Scrutiny
from bot.chat.command import Command, Desk, Misused, Request
from bot.chat.dispatcher import Dispatcher, Line
from bot.chat.reply import Reply
from bot.chat.worker import Worker
from bot.commands import COMMANDS
from core.domain.errors import SnapshotNotFound


async def _echo(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    del desk
    yield Reply(f"{request.by} asks {'|'.join(request.args)}")


async def _fail(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    del desk
    yield Reply("begun")
    if request.args:
        raise SnapshotNotFound("none that old", hint="ask for a later one")
    raise RuntimeError("secret inside")


async def _slow(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    del request, desk
    await asyncio.sleep(0.2)
    yield Reply("done")


async def _plain(request: Request, desk: Desk) -> AsyncIterator[Reply]:
    del desk
    if request.args:
        raise Misused("word 1 is not understood")
    for number in range(40):
        yield Reply(f"line {number}")


def _command(words: str, run: object, role: Role = Role.VIEW, usage: str = "[WORD]") -> Command:
    return Command(words=tuple(words.split()), usage=usage, summary="", example=f"!{words} x", role=role, run=run)  # type: ignore[arg-type]  # test commands


def _dispatcher() -> Dispatcher:
    commands = (
        _command("echo", _echo),
        _command("echo twice", _echo),
        _command("fail", _fail),
        _command("drop", _echo, Role.ADMIN),
        _command("slow", _slow),
        _command("restore user", _echo),
        _command("restore channel", _echo),
        _command("freeze", _echo, usage="REASON"),
        _command("list", _plain),
        _command("bare", _plain, usage=""),
    )
    unused = cast("Worker", None), cast("Agreements", None)
    return Dispatcher(Desk(worker=unused[0], agreements=unused[1], commands=commands))


async def _say(text: str, account: str | None = "alice", roles: Iterable[Role] = Role) -> list[str]:
    async def admit(scrutiny: Scrutiny, role: Role) -> Actor | None:
        del scrutiny, role
        return Actor(name=account, roles=frozenset(roles), proof="test") if account is not None else None

    line = Line(nick="al", text=text, in_channel=True)
    return [reply.text async for reply in _dispatcher().answer(line, admit)]


async def test_the_longest_command_that_fits_is_meant() -> None:
    assert await _say("!echo a b") == ["alice asks a|b"]
    assert await _say("!ECHO Twice a") == ["alice asks a"]


async def test_who_may_not_command_gets_no_answer_at_all() -> None:
    assert await _say("!echo a", account=None) == []
    assert await _say("!nonsense", account=None) == []


async def test_who_lacks_the_role_is_told_which_one_it_takes() -> None:
    assert await _say("!drop a", roles=[Role.VIEW]) == ["!drop needs the role admin; !help shows what you may do"]
    assert await _say("!drop a", roles=[Role.ADMIN]) == ["alice asks a"]


async def test_a_typo_is_answered_with_the_nearest_command_and_never_echoed() -> None:
    (answer,) = await _say("!restor usr \x10rJOIN")
    assert "!restore user" in answer
    assert "JOIN" not in answer
    assert await _say("!qqqqqqqq") == ["no such command; !help lists them"]


async def test_an_error_is_one_line_with_the_next_step() -> None:
    assert await _say("!fail x") == ["begun", "!fail: none that old — ask for a later one"]


async def test_a_defect_is_told_without_its_inside(caplog: pytest.LogCaptureFixture) -> None:
    begun, failed = await _say("!fail")
    assert begun == "begun"
    assert "secret" not in failed
    assert "fail failed" in caplog.text


async def test_who_waits_hears_that_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "_PATIENCE", 0.05)
    assert await _say("!slow") == ["working …", "done"]


async def test_quotes_keep_words_together() -> None:
    assert await _say('!echo "yesterday 21:00" “last  tue” b') == ["alice asks yesterday 21:00|last tue|b"]
    assert await _say('!echo "a b') == ['alice asks "a|b']
    assert await _say('!echo a"b" "" #"x') == ['alice asks a"b"||#"x']


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("!restore usr", "no such command; did you mean !restore user?"),
        ("!restore", "!restore needs to know what: !restore user · !restore channel"),
        ("!restore qqqq", "!restore needs to know what: !restore user · !restore channel"),
        ("!bare x", "nothing follows !bare; usage: !bare. For example: !bare x"),
        ("!list x", "word 1 is not understood; usage: !list [WORD]. For example: !list x"),
        ("!echo --json", "options are plain words here, without dashes, and --json is for the command line; usage"),
        ("!freeze --because", "alice asks --because"),
        ("!echo " + "x" * 500, "!echo: that is longer than any command; nothing was done"),
    ],
)
async def test_a_mistake_is_answered_with_what_would_be_right(text: str, answer: str) -> None:
    (said,) = await _say(text)
    assert said.startswith(answer)


async def test_a_long_answer_is_four_lines_in_the_channel_a_page_by_notice_and_the_rest_waits() -> None:
    said = await _say("!list")
    assert said[:4] == ["line 0", "line 1", "line 2", "… the rest goes to al by notice"]
    assert said[4:15] == [f"line {number}" for number in range(3, 14)]
    assert said[15:] == ["… 26 more lines: !more shows on, for 10 minutes"]


def test_ordinary_talk_is_no_command() -> None:
    dispatcher = _dispatcher()
    assert not any(map(dispatcher.is_command, ["hello", "!", "!!", "! echo", "!1", "", "what!"]))
    assert dispatcher.is_command("!echo")


def test_each_command_of_the_product_declares_itself_whole() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    for command in COMMANDS:
        assert command.example.startswith(command.name)
        assert command.summary
