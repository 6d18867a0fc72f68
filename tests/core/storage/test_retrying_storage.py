"""Trouble that passes is sat out, within bounds; trouble that stays is told at once."""

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import ObjectExists, StorageFull, StorageUnavailable
from core.ports import Storage, StoredObject
from core.storage.memory import MemoryStorage
from core.storage.retrying import Patience, RetryingStorage
from tests.contracts.storage_contract import keys, read
from tests.fakes import FakeClock

TRIES = 4
CONTENT = [bytes([number]) * 1000 for number in range(9)]
WHOLE = b"".join(CONTENT)


class FlakyStorage:
    """A storage that fails as it was told: each attempt takes the next word of the script.

    None: all is well. 0: it fails at once. n: it fails after n steps: items of a listing, reads of a stream; where
    there is only one step, what was asked is done, and the answer is lost.
    """

    def __init__(self, script: Iterable[int | None] = (), *, passing: bool = True) -> None:
        self.inner = MemoryStorage("flaky")
        self.attempts = 0
        self._script = iter(script)
        self._passing = passing

    @property
    def name(self) -> str:
        return self.inner.name

    def attempt(self) -> Callable[[], None]:
        """What to call at each step."""
        self.attempts += 1
        steps = next(self._script, None)
        passed = iter(range(steps) if steps is not None else count())

        def step() -> None:
            if next(passed, None) is None:
                raise StorageUnavailable("the link is down", passing=self._passing)

        return step

    def put(self, key: str, content: Iterable[bytes]) -> None:
        step = self.attempt()
        step()
        self.inner.put(key, content)
        step()

    def open(self, key: str) -> BinaryIO:
        step = self.attempt()
        step()
        return io.BufferedReader(_FlakyStream(self.inner.open(key), step), buffer_size=1000)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        step = self.attempt()
        step()
        for item in self.inner.list(prefix):
            yield item
            step()

    def delete(self, key: str) -> None:
        step = self.attempt()
        step()
        self.inner.delete(key)
        step()

    def sweep(self) -> tuple[str, ...]:
        self.attempt()()
        return ("swept",)

    def remarks(self) -> tuple[str, ...]:
        return ("noticed",)

    def self_test(self) -> str:
        self.attempt()()
        return "proven"


class _FlakyStream(io.RawIOBase):
    def __init__(self, stream: BinaryIO, step: Callable[[], None]) -> None:
        super().__init__()
        self._stream = stream
        self._step = step

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._step()
        piece = self._stream.read(min(len(buffer), 1000))
        buffer[: len(piece)] = piece
        return len(piece)


def patient(storage: Storage, clock: FakeClock | None = None) -> RetryingStorage:
    return RetryingStorage(storage, clock=clock or FakeClock(), patience=Patience(tries=TRIES, deadline_seconds=1e6))


def live(storage: Storage) -> list[object]:
    """A whole life: what every call answered."""
    storage.put("a/one", CONTENT)
    storage.put("a/two", [])
    told: list[object] = [keys(storage), read(storage, "a/one")]
    storage.delete("a/two")
    return [*told, keys(storage), storage.sweep(), storage.self_test(), storage.remarks()]


def in_a_row(script: list[int | None]) -> int:
    return max((len(run) for run in "".join(" " if word is None else "x" for word in script).split()), default=0)


scripts = st.lists(st.none() | st.integers(0, 12), max_size=40).filter(lambda script: in_a_row(script) < TRIES)


@given(script=scripts)
def test_what_fails_seldom_enough_in_a_row_is_as_if_it_never_failed(script: list[int | None]) -> None:
    """Whatever breaks, and after how many steps: every answer is the same, and the same objects are there."""
    steady, flaky = FlakyStorage(), FlakyStorage(script)
    assert live(patient(flaky)) == live(steady)
    assert live_objects(flaky) == live_objects(steady)


def live_objects(storage: FlakyStorage) -> dict[str, bytes]:
    return {item.key: read(storage.inner, item.key) for item in storage.inner.list()}


@given(failures=st.integers(1, TRIES - 1))
def test_failures_in_a_row_are_sat_out(failures: int) -> None:
    flaky = FlakyStorage([0] * failures)
    patient(flaky).put("a", CONTENT)
    assert read(flaky.inner, "a") == WHOLE


def test_after_enough_tries_the_error_is_told() -> None:
    flaky = FlakyStorage([0] * 100)
    with pytest.raises(StorageUnavailable, match="link is down"):
        patient(flaky).delete("a")
    assert flaky.attempts == TRIES


def test_waits_grow_and_stay_below_their_limit(clock: FakeClock) -> None:
    flaky = FlakyStorage([0] * (TRIES - 1))
    patient(flaky, clock).sweep()
    assert 0.5 * (1 + 2 + 4) <= clock.elapsed <= 1 + 2 + 4
    assert Patience().pause(50) <= Patience().longest_seconds


def test_no_new_try_begins_after_the_deadline(clock: FakeClock) -> None:
    flaky = FlakyStorage([0] * 100)
    storage = RetryingStorage(flaky, clock=clock, patience=Patience(tries=1000, deadline_seconds=100))
    with pytest.raises(StorageUnavailable):
        storage.self_test()
    assert clock.elapsed <= 100
    assert flaky.attempts > 5


def test_what_will_not_pass_is_not_tried_again(clock: FakeClock) -> None:
    """A wrong password stays wrong, and a full disk full."""
    flaky = FlakyStorage([0], passing=False)
    with pytest.raises(StorageUnavailable):
        patient(flaky, clock).put("a", CONTENT)
    assert flaky.attempts == 1
    assert clock.elapsed == 0


def test_a_full_storage_is_not_tried_again() -> None:
    tries = []

    class Full(FlakyStorage):
        def put(self, key: str, content: Iterable[bytes]) -> None:
            tries.append((key, content))
            raise StorageFull("no space")

    with pytest.raises(StorageFull):
        patient(Full()).put("a", CONTENT)
    assert len(tries) == 1


def test_what_can_be_read_once_gets_one_try() -> None:
    """Half of a stream stored as if it were the whole would be worse than an error."""
    flaky = FlakyStorage([0])
    with pytest.raises(StorageUnavailable):
        patient(flaky).put("a", iter(CONTENT))
    patient(flaky).put("a", iter(CONTENT))
    assert read(flaky.inner, "a") == WHOLE


def test_what_got_through_without_being_heard_is_stored_and_not_called_taken() -> None:
    """The answer was lost, the object was not: the second try finds its own bytes."""
    flaky = FlakyStorage([1])
    patient(flaky).put("a", CONTENT)
    assert read(flaky.inner, "a") == WHOLE


@pytest.mark.parametrize("other", [[b"something else"], [*CONTENT, b"more"], CONTENT[:-1], []])
def test_what_somebody_else_stored_meanwhile_is_taken(other: list[bytes]) -> None:
    """Other bytes are other bytes, also where one is the beginning of the other."""

    class Rival(FlakyStorage):
        def attempt(self) -> Callable[[], None]:
            if not self.attempts:
                self.inner.put("a", other)
            return super().attempt()

    flaky = Rival([0])
    with pytest.raises(ObjectExists):
        patient(flaky).put("a", CONTENT)
    assert read(flaky.inner, "a") == b"".join(other)


def test_a_taken_key_is_taken_at_once() -> None:
    """Also with the same bytes: who stores twice is told so."""
    storage = patient(FlakyStorage())
    storage.put("a", CONTENT)
    with pytest.raises(ObjectExists):
        storage.put("a", CONTENT)


def test_an_object_that_came_back_shorter_is_no_end() -> None:
    """A stream that was opened again ends where the object ends, never where another one does."""

    class Shrinking(FlakyStorage):
        def open(self, key: str) -> BinaryIO:
            stream = super().open(key)
            self.inner.delete(key)
            self.inner.put(key, [b"short"])
            return stream

    flaky = Shrinking([300])  # in the second piece that is read: the first one was given out
    flaky.inner.put("a", [b"x" * 500_000])
    with pytest.raises(StorageUnavailable, match="shorter"):
        read(patient(flaky), "a")
