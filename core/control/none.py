"""Services that are known to be down, and stay down."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class NoneSettings(BaseModel):
    """`control = { kind = "none" }`: you say that services are down, and start them yourself."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["none"]


class NoControl:
    """Touches no process. What it believes is what the operator has said."""

    can_act = False

    def is_running(self) -> bool:
        """Services are said to be down."""
        return False

    def stop(self) -> None:
        """There is nothing to stop."""

    def start(self) -> None:
        """The operator starts services."""
