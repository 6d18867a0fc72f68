"""What `check` says of the page before it is served, and while it is."""

import socket
from pathlib import Path

import pytest

from bot.cli.check import _page
from bot.demo.certificates import make_client, make_pair
from bot.http import knock as module
from bot.http.knock import knock
from bot.http.page import Answer, Asked, Page
from core.domain.errors import ConfigInvalid
from tests.bot.http.shelves import served, settings


async def _alive(asked: Asked) -> Answer:
    del asked
    return Answer(body=b"ok\n")


PAGES = [Page(path="/healthz", make=_alive, open=True)]


def _tls(folder: Path) -> dict[str, str]:
    make_pair(folder, host="localhost")
    return {"certificate": str(folder / "server.pem"), "key": str(folder / "server.key")}


@pytest.mark.parametrize("tls", [False, True])
def test_it_is_told_whether_the_bot_serves_it(tmp_path: Path, *, tls: bool) -> None:
    wanted = settings(**(_tls(tmp_path) if tls else {}))
    assert knock(wanted) == f"{'TLS' if tls else 'no TLS'}, nobody listens on {wanted.listen} yet"
    with served(PAGES, wanted):
        assert knock(wanted).endswith(f"served by the bot that runs, on {wanted.listen}")


def test_a_stranger_on_the_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.2)
    wanted = settings()
    host, _, port = wanted.listen.rpartition(":")
    with socket.create_server((host, int(port))) as stranger:
        stranger.settimeout(0)
        with pytest.raises(ConfigInvalid, match="another program listens"):
            knock(wanted)


def test_an_address_that_is_not_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x" * 20)
    wanted = settings(**_tls(tmp_path), token={"file": str(tmp_path / "token")}, listen="192.0.2.1:8350")
    with pytest.raises(ConfigInvalid, match=r"http\.listen: "):
        knock(wanted)


def test_certificates_that_do_not_fit_are_named(tmp_path: Path) -> None:
    tls = _tls(tmp_path)
    make_client(tmp_path, "other")
    (tmp_path / "empty.pem").write_text("nothing\n")
    for table, said in (
        (
            tls | {"key": str(tmp_path / "other.key")},
            "http.certificate and http.key cannot be used: key values mismatch",
        ),
        (tls | {"key": str(tmp_path / "none.key")}, "http.certificate and http.key cannot be used: No such file"),
        (
            tls | {"client_ca": str(tmp_path / "empty.pem")},
            "http.client_ca cannot be used: no certificate or crl found",
        ),
    ):
        with pytest.raises(ConfigInvalid) as refused:
            knock(settings(**table))
        assert said in str(refused.value)


def test_a_short_token_is_looked_at(tmp_path: Path) -> None:
    token = tmp_path / "token"
    for text, verdicts in (("short", ["ok", "look"]), ("x" * 16, ["ok"])):
        token.write_text(text)
        token.chmod(0o600)
        outcomes = list(_page(settings(token={"file": str(token)})))
        assert [outcome.verdict for outcome in outcomes] == verdicts
        assert "short" not in " ".join(map(str, outcomes))
    token.unlink()
    assert [outcome.verdict for outcome in _page(settings(token={"file": str(token)}))] == ["ok"]
