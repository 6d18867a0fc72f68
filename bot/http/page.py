"""What is served: a path, and what makes its answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the reader wants."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b""  # of a POST
    names: dict[str, str] = field(default_factory=dict)  # what stands in the path for "{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the reader gets."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    max_age: int = 0  # seconds for which it may be kept; 0: never
    etag: str = ""  # what the reader has already is not sent again
    refresh: int = 0  # seconds after which a browser asks again; 0: never


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One path and method. `open`: served without a token (it says nothing about anybody)."""

    path: str
    make: Callable[[Asked], Awaitable[Answer]]
    open: bool = False
    method: Literal["GET", "POST"] = "GET"
    most: int = 1 << 10  # bytes of a body
    warm: Callable[[], Awaitable[None]] | None = None  # called once when it is served: what would take the first long
