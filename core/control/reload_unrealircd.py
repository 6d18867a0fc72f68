"""Asks a running UnrealIRCd itself to read its files again, and reads what it says of them.

"Rehashed successfully" alone proves nothing: with a certificate that it cannot use UnrealIRCd says so too, and goes on
with the old one. Any error that it logs meanwhile counts as a refusal.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.control.reload_test import NOT_RUN
from core.control.unrealircd_socket import ask_control, ask_rpc
from core.control.words import run_words
from core.domain.errors import ConfigRefused, ControlFailed, ReloadRefused
from core.formats.unrealircd.log_lines import errors_in, tellable, told
from core.program_ports import What

Words = Annotated[list[str], Field(min_length=1)]
_BY_HAND = "run `unrealircd configtest` by hand: it quotes the configuration, and is not repeated here"


class UnrealircdReloadSettings(BaseModel):
    """`reload = { kind = "unrealircd", … }`: over its control socket, or its JSON-RPC socket."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["unrealircd"]
    socket: Path | None = Field(default=None, strict=False, description="its control socket: data/unrealircd.ctl")
    rpc_socket: Path | None = Field(
        default=None, strict=False, description="or its JSON-RPC socket; it cannot reload certificates alone"
    )
    test: Words | None = Field(default=None, description='tests the configuration: ["/…/unrealircd", "configtest"]')
    timeout_seconds: float = Field(default=20, gt=0, strict=False, description="how long each of them may take")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.socket is None) == (self.rpc_socket is None):
            raise ValueError("name one of them: socket (data/unrealircd.ctl) or rpc_socket")
        return self


class UnrealircdReload:
    """Asks and listens; see the port."""

    def __init__(self, settings: UnrealircdReloadSettings) -> None:
        self._settings = settings

    @property
    def can_test(self) -> bool:
        """Whether there is a command for it; see the port."""
        return self._settings.test is not None

    def test(self) -> str:
        """Run `unrealircd configtest`, and look for errors in what it says; see the port."""
        if self._settings.test is None:
            raise ControlFailed("the configuration cannot be tested", hint="reload.test names a command that does")
        ended = run_words(self._settings.test, timeout=self._settings.timeout_seconds)
        if ended.code in NOT_RUN or ended.code < 0:
            raise ControlFailed(f"the test command cannot tell (exit {ended.code})", hint="run it by hand")
        errors = errors_in(ended.output.decode("utf-8", "replace").splitlines())
        if ended.code != 0 or errors:
            why = told(errors) or f"exit {ended.code}, and it names no error"
            raise ConfigRefused(f"UnrealIRCd would not live with its configuration: {why}", hint=_BY_HAND)
        return "configtest passed"

    def reload(self, what: What) -> str:
        """Have it read all of it, or certificates alone; see the port."""
        if self._settings.socket is not None:
            lines, code = ask_control(
                self._settings.socket,
                "REHASH -tls" if what == "tls" else "REHASH",
                timeout=self._settings.timeout_seconds,
            )
            _must_be_good(errors_in(lines), f"exit {code}" if code else "")
            return "certificates reloaded" if what == "tls" else "rehashed"
        path = self._settings.rpc_socket or Path()
        result = ask_rpc(path, "server.rehash", timeout=self._settings.timeout_seconds)
        _must_be_good(*_outcome(result))
        return "rehashed"


def _outcome(result: Any) -> tuple[Sequence[str], str]:
    """The errors in what a `server.rehash` returns, and whether it failed."""
    if not isinstance(result, dict):
        return (), "" if result is True else "it says nothing of what came of it"
    log = result.get("log")
    entries = [entry for entry in log if isinstance(entry, dict)] if isinstance(log, list) else []
    errors = [tellable(str(entry.get("msg", ""))) for entry in entries if entry.get("level") in {"error", "fatal"}]
    return errors, "it says that it failed" if result.get("success") is False else ""


def _must_be_good(errors: Sequence[str], failed: str) -> None:
    if errors or failed:
        why = told(tuple(errors)) or failed
        raise ReloadRefused(f"UnrealIRCd goes on with what it had: {why}", hint="its log says more")
