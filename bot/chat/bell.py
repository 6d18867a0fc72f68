"""What a command may ask of the ways to people: the chat knows none of them by itself."""

from typing import Protocol


class Bell(Protocol):
    """All places where notices go."""

    async def test(self, by: str) -> list[str]:
        """Tell each of them something now; a verdict for each, in words."""
        ...

    def wake(self) -> None:
        """Something was put into the outbox."""
        ...


class NoBell:
    """Nobody is told anything."""

    async def test(self, by: str) -> list[str]:
        """There is no place."""
        del by
        return []

    def wake(self) -> None:
        """Nobody waits for it."""
