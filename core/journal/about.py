"""What a line is about, without being told each time: the request that a task or a thread is at work on."""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

from core.domain.audit import Value

_NOTHING: Mapping[str, Value] = MappingProxyType({})
_about: ContextVar[Mapping[str, Value]] = ContextVar("about", default=_NOTHING)


def be_about(**fields: Value) -> None:
    """From now on every line that this task, or what it starts, writes bears these fields; None takes one away."""
    _about.set({name: value for name, value in {**_about.get(), **fields}.items() if value is not None})


def about() -> Mapping[str, Value]:
    """The fields that lines bear now."""
    return _about.get()
