"""Which run a thread is at work on: what it logs meanwhile bears its id."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_run: ContextVar[str] = ContextVar("run", default="")


def run_id() -> str:
    """Of the run that is at work here, a UUID; "" = none is."""
    return _run.get()


@contextmanager
def at_run() -> Iterator[str]:
    """A run of its own, for as long as the block lasts; its id."""
    token = _run.set(str(uuid.uuid4()))
    try:
        yield _run.get()
    finally:
        _run.reset(token)
