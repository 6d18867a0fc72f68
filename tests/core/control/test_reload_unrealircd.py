"""UnrealIRCd is asked over its sockets; "rehashed" with an error in its log is none."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core.control.reload_unrealircd import UnrealircdReload, UnrealircdReloadSettings
from core.domain.errors import ConfigRefused, ControlFailed, ReloadRefused
from core.formats.unrealircd.log_lines import errors_in, tellable
from tests.core.control.unrealircd_stand_in import StandIn, speaking

GOOD = ("[info] Rehashing server configuration file", "[info] Configuration loaded")
BROKEN_TLS = (*GOOD, "[error] Failed to load TLS certificate /home/u/conf/tls/server.cert.pem", "[info] Rehashed")


def reload_at(path: Path, **settings: Any) -> UnrealircdReload:
    return UnrealircdReload(UnrealircdReloadSettings(kind="unrealircd", socket=path, **settings))


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "unrealircd.ctl", replies=GOOD, tls_replies=GOOD[:1])


def test_it_is_told_as_unrealircdctl_tells_it(stand_in: StandIn) -> None:
    with speaking(stand_in):
        assert reload_at(stand_in.path).reload("config") == "rehashed"
        assert reload_at(stand_in.path).reload("tls") == "certificates reloaded"
    assert stand_in.asked == ["REHASH", "REHASH -tls"]


def test_success_with_an_error_in_the_log_is_none(stand_in: StandIn) -> None:
    """With a certificate that it cannot use UnrealIRCd says that it has rehashed, with code 0."""
    stand_in.replies = BROKEN_TLS
    with speaking(stand_in), pytest.raises(ReloadRefused, match="Failed to load TLS certificate"):
        reload_at(stand_in.path).reload("config")


@pytest.mark.parametrize("code", [1, -1])
def test_a_code_is_a_refusal(stand_in: StandIn, code: int) -> None:
    stand_in.code = code
    with speaking(stand_in), pytest.raises(ReloadRefused, match=f"exit {code}"):
        reload_at(stand_in.path).reload("config")


def test_one_that_never_ends_is_not_waited_for(stand_in: StandIn) -> None:
    stand_in.ends = False
    with speaking(stand_in), pytest.raises(ControlFailed, match="did not answer"):
        reload_at(stand_in.path, timeout_seconds=0.3).reload("config")


def test_who_is_not_unrealircd_is_not_told(stand_in: StandIn) -> None:
    stand_in.greeting = "220 mail.example.test ESMTP"
    with speaking(stand_in), pytest.raises(ControlFailed, match="is not UnrealIRCd"):
        reload_at(stand_in.path).reload("config")
    assert not stand_in.asked


def test_where_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(ControlFailed, match="cannot be asked"):
        reload_at(tmp_path / "unrealircd.ctl").reload("config")


@pytest.mark.parametrize(
    ("result", "refused"),
    [
        ({"success": True, "log": [{"level": "info", "msg": "Configuration loaded"}]}, ""),
        ({"success": False, "log": []}, "it says that it failed"),
        (
            {"success": True, "log": [{"level": "error", "msg": "unrealircd.conf:7: unknown directive sekrit"}]},
            "conf:7",
        ),
        (True, ""),
        (None, "says nothing"),
    ],
)
def test_over_json_rpc_the_log_is_read_too(tmp_path: Path, result: object, refused: str) -> None:
    stand_in = StandIn(tmp_path / "rpc.socket", result=result)
    settings = UnrealircdReloadSettings(kind="unrealircd", rpc_socket=stand_in.path)
    with speaking(stand_in, rpc=True):
        if not refused:
            assert UnrealircdReload(settings).reload("tls") == "rehashed"
            return
        with pytest.raises(ReloadRefused, match=refused) as caught:
            UnrealircdReload(settings).reload("config")
    assert "sekrit" not in str(caught.value)


def words(folder: Path, text: str, code: int) -> list[str]:
    """A program that says `text` and ends with `code`, as `unrealircd configtest` does."""
    (folder / "said").write_text(text)
    return ["sh", "-c", f'cat "$0"; exit {code}', str(folder / "said")]


def test_a_configuration_test_is_read_and_not_repeated(tmp_path: Path) -> None:
    said = "[info] Loading IRCd configuration..\n[error] /home/u/conf/unrealircd.conf:12: unknown directive hunter2x\n"
    tested = reload_at(tmp_path / "x", test=words(tmp_path, said, 255))
    assert tested.can_test
    with pytest.raises(ConfigRefused) as caught:
        tested.test()
    assert "unrealircd.conf:12: unknown directive …" in str(caught.value)
    assert "hunter2x" not in str(caught.value)


def test_an_error_counts_whatever_the_code(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="TLS"):
        reload_at(tmp_path / "x", test=words(tmp_path, "[error] TLS certificate cannot be read\n", 0)).test()
    with pytest.raises(ConfigRefused, match="exit 9"):
        reload_at(tmp_path / "x", test=words(tmp_path, "", 9)).test()


def test_a_good_configuration_passes(tmp_path: Path) -> None:
    assert reload_at(tmp_path / "x", test=words(tmp_path, "[info] fine\n", 0)).test() == "configtest passed"


def test_without_a_command_nothing_is_proven(tmp_path: Path) -> None:
    assert not reload_at(tmp_path / "x").can_test
    with pytest.raises(ControlFailed):
        reload_at(tmp_path / "x").test()
    with pytest.raises(ControlFailed):
        reload_at(tmp_path / "x", test=["sh", "-c", "exit 127"]).test()


def test_exactly_one_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="name one of them"):
        UnrealircdReloadSettings(kind="unrealircd")
    with pytest.raises(ValidationError, match="name one of them"):
        reload_at(tmp_path / "x", rpc_socket=tmp_path / "y")


@pytest.mark.parametrize(
    "line",
    [
        "unrealircd.conf:3: oper::password is 'sekrit' and that is none",
        'unrealircd.conf:3: unknown directive "sekrit',
        "unrealircd.conf:3: unknown directive sekrit",
        "unrealircd.conf:3: password: sekrit",
        "unrealircd.conf:3: bad cloak key s3kr1t",
        "unrealircd.conf:3: $argon2id$v=19$m=6144,t=2,p=2$sekrit",
        "unrealircd.conf:3: sekritsekritsekritsekrit",
    ],
)
def test_what_may_be_a_secret_is_not_told_on(line: str) -> None:
    assert tellable(line).startswith("unrealircd.conf:3: ")
    assert "sekrit" not in tellable(line)
    assert "s3kr1t" not in tellable(line)


def test_errors_are_found_in_colours_too() -> None:
    assert errors_in(["\x1b[91m[error]\x1b[0m set::modes-on-connect is missing", "[warning] x", "no [errors]"]) == (
        "set::modes-on-connect is missing",
    )
