"""`[http]`: where metrics and the status page are served."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from bot.settings import AddressText, Settings, read_address
from core.secrets import Secret

PORT = 8350
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class HttpSettings(Settings):
    """The whole table."""

    listen: AddressText = Field(default=f"127.0.0.1:{PORT}", description="loopback, unless there are TLS and a token")
    token: Secret | None = Field(default=None, description="what a reader must show; needed beyond loopback")
    certificate: Path | None = Field(default=None, strict=False, description="PEM file: then it speaks TLS alone")
    key: Path | None = Field(default=None, strict=False, description="its private key, PEM")
    client_ca: Path | None = Field(
        default=None, strict=False, description="PEM file: only who has a certificate of it is served; no token then"
    )

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together")
        if self.client_ca is not None and self.certificate is None:
            raise ValueError("client_ca needs certificate and key")
        if read_address(self.listen, PORT).host in _LOOPBACK:
            return self
        if self.certificate is None:
            raise ValueError("beyond loopback it needs certificate and key: a token must not be read on the way")
        if self.token is None and self.client_ca is None:
            raise ValueError("beyond loopback it needs a token or client_ca")
        return self
