"""What servers ask for by STS: what is believed, kept, and forgotten."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.irc.messages import parse_line
from bot.irc.routes import Route, Routes
from bot.irc.sts import Offer, StsPolicies, read_offer
from bot.settings import Address, IrcSettings
from core.domain.errors import ConfigInvalid

HOUR = timedelta(hours=1)


class _Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def _offer(text: str) -> Offer | None:
    return read_offer(parse_line(text.encode()))


def _routes(mode: str, policies: StsPolicies | None = None) -> Routes:
    raw = {"servers": ["a.test:6667", "b.test:6667"], "channel": "#opers", "tls": {"mode": mode}}
    return Routes(IrcSettings.model_validate(raw), policies or StsPolicies(None))


@pytest.mark.parametrize(
    ("line", "offer"),
    [
        (":s CAP * LS :sasl sts=port=6697,duration=60", Offer(port=6697, duration=timedelta(minutes=1))),
        (":s CAP * LS * :sts=duration=0", Offer(port=None, duration=timedelta(0))),
        (":s CAP x NEW :sts=port=1,preload,foo=bar", Offer(port=1, duration=None)),
        (":s CAP * LS :sts", Offer(port=None, duration=None)),
        (":s CAP x DEL :sts", None),
        (":s CAP x ACK :sts=port=6697", None),
        (":s CAP * LS :xsts=port=1 draft/sts=port=2", None),
        (":s PRIVMSG x :LS sts=port=6697", None),
    ],
)
def test_what_is_an_offer(line: str, offer: Offer | None) -> None:
    assert _offer(line) == offer


@given(st.text("portduain=,0123456789-+² ", max_size=60))
def test_no_offer_is_beyond_reason(text: str) -> None:
    offer = _offer(f":s CAP * LS :sts={text}")
    if offer is not None:
        assert offer.port is None or 1 <= offer.port <= 65535
        assert offer.duration is None or timedelta(0) <= offer.duration <= timedelta(days=3650)


def test_a_policy_is_kept_over_a_restart_for_its_time(tmp_path: Path) -> None:
    """In a file that is ours alone; hosts are the same however they are written."""
    file, clock = tmp_path / "state" / "sts.json", _Clock()
    StsPolicies(file, clock.now).keep("IRC.test", 6697, HOUR)
    assert file.stat().st_mode & 0o777 == 0o600
    policies = StsPolicies(file, clock.now)
    found = policies.find("irc.TEST")
    assert found is not None
    assert found.port == 6697
    clock.time += timedelta(minutes=59)
    policies.renew("irc.test")  # the link ends: from here it counts anew
    clock.time += timedelta(minutes=59)
    assert StsPolicies(file, clock.now).find("irc.test") is not None
    clock.time += timedelta(minutes=2)
    assert StsPolicies(file, clock.now).find("irc.test") is None
    policies.renew("irc.test")  # what is over is not brought back
    assert policies.find("irc.test") is None


def test_no_time_at_all_ends_it(tmp_path: Path) -> None:
    policies = StsPolicies(tmp_path / "sts.json")
    policies.keep("irc.test", 6697, HOUR)
    policies.keep("irc.test", 6697, timedelta(0))
    assert StsPolicies(tmp_path / "sts.json").find("irc.test") is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"a": 1}', '{"a": {"port": 1}}', '{"a": {"port": "x", "seconds": 1, "expires_at": "y"}}'],
)
def test_a_file_that_is_none_is_said_and_not_forgotten(tmp_path: Path, content: str) -> None:
    (tmp_path / "sts.json").write_text(content)
    with pytest.raises(ConfigInvalid, match=r"sts\.json cannot be read"):
        StsPolicies(tmp_path / "sts.json").find("irc.test")


def test_the_memory_for_hosts_is_bounded(tmp_path: Path) -> None:
    clock = _Clock()
    (tmp_path / "sts.json").write_text(
        json.dumps(
            {f"{n}.test": {"port": 1, "seconds": 9, "expires_at": "2027-01-01T00:00:00+00:00"} for n in range(1500)}
        )
    )
    policies = StsPolicies(tmp_path / "sts.json", clock.now)
    policies.keep("irc.test", 6697, HOUR)
    assert len(json.loads((tmp_path / "sts.json").read_text())) == 1000
    assert policies.find("irc.test") is not None


# --- where it leads --------------------------------------------------------------------------


def test_a_server_that_asks_for_tls_is_gone_to_next(tmp_path: Path) -> None:
    """At once, and in all later turns, though nothing is kept before TLS has proven it."""
    policies = StsPolicies(tmp_path / "sts.json")
    routes = _routes("sts", policies)
    first = routes.next()
    assert first == Route(address=Address(host="a.test", port=6667), tls=False)
    assert routes.heed(first, Offer(port=6697, duration=HOUR))
    assert routes.redirected
    secure = Route(address=Address(host="a.test", port=6697), tls=True)
    assert routes.next() == secure
    assert not routes.redirected
    assert policies.find("a.test") is None
    assert routes.next().address.host == "b.test"
    assert routes.next() == secure
    assert not routes.heed(secure, Offer(port=1, duration=HOUR))
    found = policies.find("a.test")
    assert found is not None
    assert found.port == 6697  # not the one that it names inside TLS


@pytest.mark.parametrize("mode", ["always", "never"])
def test_where_the_configuration_has_said_it_a_server_is_not_heeded(mode: str, tmp_path: Path) -> None:
    """TLS or nothing, or nothing but plaintext."""
    policies = StsPolicies(tmp_path / "sts.json")
    routes = _routes(mode, policies)
    route = routes.next()
    assert route.tls is (mode == "always")
    assert not routes.heed(route, Offer(port=1, duration=HOUR))
    routes.left(route)
    assert not (tmp_path / "sts.json").exists()
