"""Nobody to ask: the newest save is taken as it is."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class SilentSettings(BaseModel):
    """`ask = { kind = "none" }`: services are never asked for a save; they save by themselves every few minutes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["none"]


class SilentServices:
    """Reaches nobody."""

    can_save = False

    def request_save(self) -> None:
        """Nobody is asked."""

    def answers(self) -> bool | None:
        """Nobody can tell."""
        return None
