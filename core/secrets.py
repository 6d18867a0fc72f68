"""Where a secret lies. The configuration names the place; only `reveal` reads it."""

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from core.disk import read_secret
from core.domain.errors import ConfigInvalid


class Secret(BaseModel):
    """A reference to a secret: `{ file = "…" }`, `{ credential = "…" }` or `{ env = "…" }`.

    `credential` is a name in systemd's `$CREDENTIALS_DIRECTORY` (LoadCredential=).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    file: str | None = None
    credential: str | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(place is not None for place in (self.file, self.credential, self.env)) != 1:
            raise ValueError('name exactly one place: { file = "…" }, { credential = "…" } or { env = "…" }')
        return self

    @property
    def place(self) -> str:
        """The place in words, for messages: never the value."""
        if self.file is not None:
            return f"file {self.file}"
        if self.credential is not None:
            return f"credential {self.credential}"
        return f"environment variable {self.env}"

    def reveal(self) -> str:
        """The secret itself. Never log what this returns.

        Raises:
            ConfigInvalid: it is not there, or empty.
            SecretExposed: the file can be read by others.
        """
        value = os.environ.get(self.env, "") if self.env is not None else read_secret(self._path())
        if not value:
            raise ConfigInvalid(f"the secret in {self.place} is empty or missing", hint="put it there")
        return value

    def _path(self) -> Path:
        if self.file is not None:
            return Path(self.file)
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ConfigInvalid(
                f"{self.place} is asked for, but $CREDENTIALS_DIRECTORY is not set",
                hint="start the bot through its systemd unit, or name a file instead",
            )
        name = self.credential or ""
        if "/" in name or name in {"", ".", ".."}:
            raise ConfigInvalid(f"{self.place} is not a plain name")
        return Path(folder) / name
