"""Everything that takes apart what others wrote: no bytes make it raise, or break what it promises."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.parsers import PARSERS
from tests.fuzz.words import ARGUMENTS, LINES, ORDERS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["alice", "iowxz", "", "x" * 400]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "user", "tls", "modes", "id", "operlogin", "certfp"]), inner, max_size=4
        )
    ),
)
BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(LINES, max_size=12).map(b"\n".join),
    st.lists(ARGUMENTS, max_size=6).map(" ".join).map(lambda text: text.encode("utf-8", "surrogateescape")),
    ORDERS.map(lambda text: text.encode("utf-8", "surrogateescape")),
    JSON.map(lambda value: __import__("json").dumps(value).encode()),
)


def parsing(parser: Callable[[bytes], None]) -> Callable[[], None]:
    """Bytes without end."""

    @given(raw=BYTES)
    def on_bytes(raw: bytes) -> None:
        parser(raw)

    return on_bytes


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)
def test_no_bytes_break_a_promise(parser: Callable[[bytes], None]) -> None:
    """The promise of each stands in its docstring."""
    settings(max_examples=100)(parsing(parser))()
