"""What every storage promises, wherever it keeps its objects. Subclasses provide `storage`, which is empty."""

from collections.abc import Iterator

import pytest

from core.domain.errors import ObjectExists, ObjectNotFound
from core.ports import Storage

BAD_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "a/..",
    "./a",
    "a b",
    "a\nb",
    "a\0b",
    "café",
    "a\\b",
    "x" * 256,
    "/".join(["x" * 100] * 11),
    ".a.0123456789ab.tmp",
]
GOOD_KEYS = ["a", "a/b/c", "N-1/host_2/x.y.z", ".hidden", "...", "x" * 255, "a.tmp", "-"]


def keys(storage: Storage, prefix: str = "") -> list[str]:
    return [item.key for item in storage.list(prefix)]


def read(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def breaking_stream(pieces: int) -> Iterator[bytes]:
    for _ in range(pieces):
        yield b"half" * 4096
    raise ConnectionResetError("the stream broke")


class StorageContract:
    """Objects come back as they were put, whole or not at all, and are never changed."""

    def test_an_object_comes_back_as_it_was_put(self, storage: Storage) -> None:
        """In pieces or empty; the stream is binary, and can be read in parts."""
        storage.put("a/one", [b"first ", b"", b"second"])
        storage.put("a/empty", [])
        assert read(storage, "a/one") == b"first second"
        assert read(storage, "a/empty") == b""
        with storage.open("a/one") as file:
            assert file.read(3) == b"fir"
            assert file.read(3) == b"st "

    def test_a_large_object_comes_back_whole(self, storage: Storage) -> None:
        """Many pieces, larger than any buffer."""
        piece = bytes(range(256)) * 4096
        storage.put("large", (piece for _ in range(8)))
        assert read(storage, "large") == piece * 8
        assert [item.size for item in storage.list()] == [8 << 20]

    @pytest.mark.parametrize("pieces", [0, 1, 100])
    def test_a_stream_that_breaks_leaves_nothing(self, storage: Storage, pieces: int) -> None:
        """And the key is free afterwards. What the stream said reaches the caller."""
        with pytest.raises(Exception, match="the stream broke"):
            storage.put("a/half", breaking_stream(pieces))
        assert keys(storage) == []
        with pytest.raises(ObjectNotFound):
            storage.open("a/half")
        storage.put("a/half", [b"whole"])
        assert read(storage, "a/half") == b"whole"

    def test_a_taken_key_is_refused_and_untouched(self, storage: Storage) -> None:
        """Objects are never changed once written."""
        storage.put("a/one", [b"first"])
        with pytest.raises(ObjectExists):
            storage.put("a/one", [b"second"])
        assert read(storage, "a/one") == b"first"
        assert keys(storage) == ["a/one"]

    def test_what_is_not_there_is_not_found(self, storage: Storage) -> None:
        """Also below what is an object itself, and where only a folder is."""
        storage.put("a/one", [b"x"])
        for key in ("b", "a/two", "a", "a/one/below"):
            with pytest.raises(ObjectNotFound):
                storage.open(key)

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_a_bad_key_is_refused_everywhere(self, storage: Storage, key: str) -> None:
        """Before anything is touched: a key can never lead out of the storage."""
        with pytest.raises(ValueError, match="not a key"):
            storage.put(key, [b"x"])
        with pytest.raises(ValueError, match="not a key"):
            storage.open(key)
        with pytest.raises(ValueError, match="not a key"):
            storage.delete(key)
        if key:  # an empty prefix is everything
            with pytest.raises(ValueError, match="not a key"):
                list(storage.list(key))
        assert keys(storage) == []

    @pytest.mark.parametrize("key", GOOD_KEYS)
    def test_a_good_key_is_kept_as_it_is(self, storage: Storage, key: str) -> None:
        """Also the longest and the strangest ones."""
        storage.put(key, [b"x"])
        assert keys(storage) == [key]
        assert read(storage, key) == b"x"

    def test_a_listing_is_in_key_order_with_sizes(self, storage: Storage) -> None:
        """The order of bytes, whatever is a folder and what is not."""
        names = ["b", "a/b", "a-b", "a.b", "a0", "A", "a/b-c", "a/a/z", "a/a-z"]
        for size, key in enumerate(names):
            storage.put(key, [b"x" * size])
        assert keys(storage) == sorted(names)
        assert {item.key: item.size for item in storage.list()} == {key: size for size, key in enumerate(names)}

    def test_a_prefix_is_a_folder(self, storage: Storage) -> None:
        """`a` lists what is below `a/`: neither `ab/…` nor an object called `a`."""
        for key in ("a/one", "a/b/two", "ab/three", "c"):
            storage.put(key, [b"x"])
        assert keys(storage, "a") == ["a/b/two", "a/one"]
        assert keys(storage, "a/b") == ["a/b/two"]
        assert keys(storage, "c") == []
        assert keys(storage, "nothing/here") == []

    def test_an_empty_storage_lists_nothing(self, storage: Storage) -> None:
        """And sweeps nothing."""
        assert keys(storage) == []
        assert storage.sweep() == ()

    def test_deleting_twice_is_deleting_once(self, storage: Storage) -> None:
        """Removing what is not there is no error; the key may be used again."""
        storage.put("a/one", [b"x"])
        storage.put("a/two", [b"y"])
        storage.delete("a/one")
        storage.delete("a/one")
        storage.delete("a/two/below")
        assert keys(storage) == ["a/two"]
        storage.put("a/one", [b"again"])
        assert read(storage, "a/one") == b"again"

    def test_sweeping_leaves_objects_alone(self, storage: Storage) -> None:
        """Whatever their names look like."""
        for key in ("a/.x.tmp", "a.tmp", "b/c"):
            storage.put(key, [b"x"])
        assert storage.sweep() == ()
        assert keys(storage) == ["a.tmp", "a/.x.tmp", "b/c"]

    def test_the_caller_owns_the_stream(self, storage: Storage) -> None:
        """It may be closed early, and another one reads from the start."""
        storage.put("a", [b"abc"])
        first = storage.open("a")
        first.read(1)
        first.close()
        assert first.closed
        assert read(storage, "a") == b"abc"
