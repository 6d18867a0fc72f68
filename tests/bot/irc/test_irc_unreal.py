"""UnrealIRCd's own word about who somebody is. Not UnrealIRCd: a faithful small server of the test's own stands in."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.certificates import make_pair
from bot.irc import unreal_rpc
from bot.irc.identity import Identity, Refusal
from bot.irc.unreal_oracle import UnrealOracle
from bot.settings import OracleSettings
from core.domain.errors import ControlFailed
from tests.bot.irc.bench import Bench
from tests.bot.irc.unreal import FakeUnreal, on_https, on_socket, user

ALICE = "alice!a@netadmin.test"
UNREAL = ":irc.test 004 BackupServ irc.test UnrealIRCd-6.1.7 diknopqrstwxzBDGHIRSTWZ beIac"


@pytest.fixture
def unreal() -> FakeUnreal:
    return FakeUnreal({"alice": user("alice")})


@pytest.fixture
async def socket(tmp_path: Path, unreal: FakeUnreal) -> AsyncIterator[Path]:
    path = tmp_path / "rpc.socket"
    async with on_socket(path, unreal):
        yield path


def _bench(socket: Path, kind: str = "unrealircd") -> Bench:
    return Bench(people=[ALICE], oracle={"kind": kind, "socket": str(socket)})


async def _verdict(bench: Bench, **how: bool) -> Identity | Refusal:
    return await bench.witness.identify(bench.message("alice", "a@netadmin.test"), **how)


async def test_a_hidden_oper_is_known_with_block_class_and_uid(socket: Path, unreal: FakeUnreal) -> None:
    """All of it at once, and not one line is sent over IRC."""
    bench = _bench(socket)
    assert await _verdict(bench, twice=True) == Identity(
        nick="alice",
        user_host="a@netadmin.test",
        account="Alice",
        is_oper=True,
        oper_name="hid",
        oper_class="netadmin",
        secure=True,
        certfps=("ab" * 32,),
        server="irc.test",
        uid="001ABCDEF",
        connected_at=datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp(),
        hidden=True,
    )
    assert bench.asked == []
    assert [call["method"] for call in unreal.asked] == ["user.get"] * 2
    assert unreal.asked[0]["params"] == {"nick": "alice", "object_detail_level": 4}


async def test_an_operlogin_without_the_mode_is_no_oper(socket: Path, unreal: FakeUnreal) -> None:
    """Rights that were given back may leave a word behind; a swhois is no field that is looked at."""
    unreal.people["alice"] = user("alice", modes="iwxzH", swhois="is an IRC Operator")
    verdict = await _verdict(_bench(socket))
    assert isinstance(verdict, Identity)
    assert (verdict.is_oper, verdict.oper_name, verdict.oper_class) == (False, None, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"modes": "iowz"}, "user@host"),
        ({"vhost": "elsewhere.test"}, "user@host"),
        ({"username": "mallory"}, "user@host"),
        ({"account": "Bob"}, "account"),
        ({"name": "mallory"}, "somebody else"),
        ({"name": 7}, "somebody else"),
    ],
)
async def test_what_does_not_fit_the_line_is_refused(
    socket: Path, unreal: FakeUnreal, change: dict[str, Any], reason: str
) -> None:
    """The host that others see, the account, and the nick: the server also takes a UID for one."""
    unreal.people["alice"] = user("alice", **change)
    verdict = await _verdict(_bench(socket))
    assert isinstance(verdict, Refusal)
    assert reason in verdict.reason


async def test_without_a_mask_the_real_host_is_what_others_see(socket: Path, unreal: FakeUnreal) -> None:
    unreal.people["alice"] = user("alice", modes="iwz")
    bench = Bench(people=["alice!a@real.host.test"], oracle={"kind": "unrealircd", "socket": str(socket)})
    assert isinstance(await bench.witness.identify(bench.message("alice", "a@real.host.test")), Identity)


async def test_another_connection_between_two_questions_is_another_person(socket: Path, unreal: FakeUnreal) -> None:
    """Same nick, same user@host, same account: the UID tells."""
    bench = _bench(socket)
    question = asyncio.create_task(_verdict(bench, twice=True))
    while not unreal.asked:  # noqa: ASYNC110 — it is asked over a socket
        await asyncio.sleep(0.001)
    unreal.people["alice"] = user("alice", id="001ZZZZZZ")
    assert await question == Refusal("two answers differ")


async def test_who_is_gone_is_nobody(socket: Path, unreal: FakeUnreal) -> None:
    unreal.people.clear()
    assert await _verdict(_bench(socket)) == Refusal("no such nick any more")


_WRONG = [
    b"",
    b"\n",
    b"no json\n",
    b"[]\n",
    b"null\n",
    b"[" * 100_000 + b"\n",
    b"x" * (1 << 19) + b"\n",
    json.dumps({"id": 2, "result": {"client": user("alice")}}).encode() + b"\n",
    json.dumps({"id": 1, "error": {"code": -32601, "message": "Unknown method"}}).encode() + b"\n",
    json.dumps({"id": 1, "result": []}).encode() + b"\n",
    json.dumps({"id": 1, "result": {"client": []}}).encode() + b"\n",
    json.dumps({"id": 1, "result": {"client": {"name": ["alice"], "user": {"modes": 7}}}}).encode() + b"\n",
]


@pytest.mark.parametrize("raw", _WRONG, ids=range(len(_WRONG)))
async def test_an_answer_that_is_none_vouches_for_nobody(socket: Path, unreal: FakeUnreal, raw: bytes) -> None:
    """Too long, too deep, somebody else's, or nothing at all; nothing raises."""
    unreal.raw = raw
    assert isinstance(await _verdict(_bench(socket)), Refusal)


_KEYS = st.sampled_from(
    ["client", "user", "tls", "name", "id", "hostname", "modes", "vhost", "certfp", "connected_since"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just("alice"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(_JSON)
def test_no_shape_of_an_answer_raises(result: object) -> None:
    """Whatever stands where: somebody else, or an identity that does not fit the line."""

    class Answers:
        async def carry(self, question: bytes) -> bytes:
            del question
            return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()

    async def ask() -> Identity | Refusal:
        bench = Bench(people=[ALICE])
        return await UnrealOracle(rpc=Answers(), names=bench.names).ask(bench.message())

    verdict = asyncio.run(ask())
    assert isinstance(verdict, Refusal) or verdict.nick == "alice"


async def test_a_server_that_hangs_is_given_up(
    socket: Path, unreal: FakeUnreal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unreal_rpc, "_SECONDS", 0.1)
    unreal.mute = True
    async with asyncio.timeout(2):
        verdict = await _verdict(_bench(socket))
    assert isinstance(verdict, Refusal)
    assert "cannot be asked" in verdict.reason


async def test_found_out_by_itself_it_falls_back_on_whois(tmp_path: Path, socket: Path, unreal: FakeUnreal) -> None:
    """With "auto": on UnrealIRCd only, and WHOIS where the socket is not there; insisted upon, nothing else will do."""
    assert _bench(socket, "auto").witness.oracle.name == "WHOIS"
    found = _bench(socket, "auto")
    found.hear(UNREAL)
    assert "JSON-RPC" in found.witness.oracle.name
    assert isinstance(await _verdict(found), Identity)
    assert len(unreal.asked) == 1
    lost = _bench(tmp_path / "gone", "auto")
    lost.hear(UNREAL)
    question = asyncio.create_task(_verdict(lost))
    while not lost.asked:  # noqa: ASYNC110 — a socket is tried first
        await asyncio.sleep(0.001)
    lost.hear(
        ":irc.test 311 BackupServ alice a netadmin.test * :x",
        ":irc.test 330 BackupServ alice Alice :is logged in as",
        ":irc.test 318 BackupServ alice :End",
    )
    assert isinstance(await question, Identity)
    verdict = await _verdict(_bench(tmp_path / "gone"))
    assert isinstance(verdict, Refusal)
    assert "JSON-RPC" in verdict.reason


async def test_over_https_with_a_name_and_a_password(tmp_path: Path, unreal: FakeUnreal) -> None:
    """The server must prove itself; a wrong password is no answer, and is not told."""
    make_pair(tmp_path, host="localhost")
    for text, expected in (("rpc-password", Identity), ("wrong-password", Refusal)):
        secret = tmp_path / text
        secret.write_text(text)
        secret.chmod(0o600)
        async with on_https(unreal, tmp_path) as port:
            oracle = {
                "kind": "unrealircd",
                "url": f"https://localhost:{port}/api",
                "user": "backupserv",
                "password": {"file": str(secret)},
            }
            bench = Bench(people=[ALICE], oracle=oracle | {"ca_file": str(tmp_path / "ca.pem")})
            assert isinstance(await _verdict(bench), expected)
            stranger = await _verdict(Bench(people=[ALICE], oracle=oracle))
            assert isinstance(stranger, Refusal)
            assert "password" not in stranger.reason


@pytest.mark.parametrize(
    "oracle",
    [
        {"kind": "unrealircd"},
        {"url": "https://127.0.0.1:8600/api"},
        {"url": "http://127.0.0.1:8600/api", "user": "x", "password": {"env": "X"}},
        {"kind": "solanum"},
    ],
)
def test_half_a_configuration_is_a_mistake(oracle: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="oracle"):
        Bench(oracle=oracle)


async def test_check_asks_as_the_bot_will(tmp_path: Path, socket: Path) -> None:
    """`backupserv check`: whether it answers, who is on, and what to look at where it does not."""
    rpc = unreal_rpc.way_to(OracleSettings.model_validate({"socket": str(socket)}))
    assert rpc is not None
    assert await asyncio.to_thread(unreal_rpc.knock_at, rpc, "alice") == "user.get answers; alice is on the network now"
    assert "nobody is not on" in await asyncio.to_thread(unreal_rpc.knock_at, rpc, "nobody")
    with pytest.raises(ControlFailed, match="may this user open the socket"):
        await asyncio.to_thread(unreal_rpc.knock_at, unreal_rpc.SocketRpc(tmp_path / "gone"), "alice")
    assert unreal_rpc.way_to(OracleSettings()) is None
