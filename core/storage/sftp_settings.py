"""Where an SFTP server is, who we are there, and how it is known."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from core.secrets import Secret

Word = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f]+$", max_length=255)]


class SftpServer(BaseModel):
    """An SSH server, a place on it, and how we log in there."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    host: Word
    port: int = Field(default=22, ge=1, le=65535)
    user: Word
    path: str = Field(min_length=1, description="on the server; a relative one starts where the user logs in")
    key_file: Path | None = Field(default=None, strict=False, description="private key, mode 0600")
    passphrase: Secret | None = None
    password: Secret | None = None
    known_hosts: Path = Field(strict=False, description="the server's key must be in this file")
    timeout_seconds: float = Field(default=30, gt=0, strict=False)
    keepalive_seconds: int = Field(default=15, ge=1)

    @field_validator("key_file", "known_hosts")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_absolute():
            raise ValueError("expected an absolute path: the bot and the command line start in different folders")
        return path

    @field_validator("path")
    @classmethod
    def _printable(cls, path: str) -> str:
        if not path.isprintable():
            raise ValueError("has characters that are not allowed here")
        return path

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.key_file is None) == (self.password is None):
            raise ValueError("name exactly one way to log in: `key_file` or `password`")
        if self.passphrase is not None and self.key_file is None:
            raise ValueError("`passphrase` opens a `key_file`, and there is none")
        return self


class SftpSettings(SftpServer):
    """`[storage.NAME]`: a folder on an SSH server, ours alone."""

    kind: Literal["sftp"]
    path: str = Field(min_length=1, description="folder on the server; a relative one starts where the user logs in")
    limit_bytes_per_second: int | None = Field(default=None, ge=1024)
    write_once: bool = False

    def place(self, key: str) -> str:
        """Where a key lies on the server."""
        return f"{self.path.rstrip('/')}/{key}" if key else self.path
