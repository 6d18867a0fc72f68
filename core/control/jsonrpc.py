"""Atheme's own JSON-RPC (misc/httpd + transport/jsonrpc), on loopback.

Method names, error codes and the "." that stands for "not logged in" are Atheme's: modules/transport/jsonrpc.
"""

import json
from contextlib import suppress
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.domain.errors import ControlFailed
from core.secrets import Secret

_LIMIT = 1 << 20
_SOON = 3.0  # seconds: whoever asks whether services answer asks again
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_NOT_REGISTERED = 4  # an answer all the same: NickServ is alive


class JsonRpcSettings(BaseModel):
    """`ask = { kind = "jsonrpc", … }`: Atheme's JSON-RPC; the account needs the right to UPDATE (general:admin)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["jsonrpc"]
    url: str = Field(description="http://127.0.0.1:8080/jsonrpc")
    account: str = Field(min_length=1, description="the bot's own account")
    password: Secret = Field(description="where its password lies")
    timeout_seconds: float = Field(default=10, gt=0, strict=False, description="how long an answer may take")

    @model_validator(mode="after")
    def _private(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:  # `port` raises by itself
            raise ValueError("url: expected http://127.0.0.1:PORT/jsonrpc")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("url: plain http carries the password; use loopback or https")
        return self


class JsonRpcServices:
    """Asks the program itself: works with IRC dead."""

    can_save = True

    def __init__(self, settings: JsonRpcSettings) -> None:
        self._settings = settings

    def request_save(self) -> None:
        """Log in, ask OperServ for UPDATE, log out; see the port."""
        self._command("OperServ", "UPDATE")

    def set_property(self, key: str, value: str) -> None:
        """`NickServ SET PROPERTY`, which goes into the account's metadata; see `core.program_ports.Marking`."""
        self._command("NickServ", "SET", "PROPERTY", f"{key} {value}")

    def _command(self, *words: str) -> None:
        account = self._settings.account
        cookie = self._call("atheme.login", account, self._settings.password.reveal())
        try:
            self._call("atheme.command", cookie, account, ".", *words)
        finally:
            with suppress(ControlFailed):  # the login ends by itself within the hour
                self._call("atheme.logout", cookie, account)

    def answers(self) -> bool | None:
        """Whether NickServ answers a question that anybody may ask."""
        try:
            self._call("atheme.command", ".", ".", ".", "NickServ", "INFO", self._settings.account, patience=_SOON)
        except _Refused as refusal:
            return refusal.code == _NOT_REGISTERED
        except ControlFailed:
            return False
        return True

    def _call(self, method: str, *params: str, patience: float | None = None) -> str:
        question = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": "1"}
        answer = self._post(question, min(patience or self._settings.timeout_seconds, self._settings.timeout_seconds))
        error = answer.get("error")
        if isinstance(error, dict):
            raise _Refused(method, error.get("code"))
        return str(answer.get("result", ""))

    def _post(self, question: dict[str, Any], timeout: float) -> dict[str, Any]:
        import http.client  # noqa: PLC0415 — start-up time is a promise, and only whoever asks this way needs it

        parts = urlsplit(self._settings.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        try:
            connection.request(
                "POST", parts.path or "/jsonrpc", json.dumps(question), {"Content-Type": "application/json"}
            )
            # Redirects are not followed: http.client never does, and the password must not travel.
            answer = json.loads(connection.getresponse().read(_LIMIT))
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise ControlFailed(
                f"services do not answer at {parts.hostname}:{parts.port} ({type(error).__name__})",
                hint="do they run, with misc/httpd and transport/jsonrpc loaded?",
            ) from None
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise ControlFailed(f"what answers at {parts.hostname}:{parts.port} is not Atheme")
        return answer


class _Refused(ControlFailed):
    """Services answered, and said no."""

    def __init__(self, method: str, code: object) -> None:
        reasons = {5: "wrong password", 6: "no privilege", 3: "no such account", 15: "the login has ended"}
        self.code = code if isinstance(code, int) else 0
        super().__init__(
            f"services refused {method}: {reasons.get(self.code, f'code {self.code}')}",
            hint="the account in bot.toml needs an operclass with general:admin" if self.code else "",
        )
