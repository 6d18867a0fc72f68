"""A tree that lives on comes back as it was at each of its snapshots."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.repository.tree.forest import Chain, Gardener, picture


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), edits=st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_every_snapshot_of_a_chain_comes_back_exactly(
    seed: int, edits: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Names, bytes, links, modes, owners and times, after a full and three increments of random edits."""
    folder = tmp_path_factory.mktemp("forest")
    gardener = Gardener(folder / "tree", seed)
    chain = Chain(folder / "tree")
    pictures = []
    for count in edits:
        for _ in range(count + 3):
            gardener.edit()
        chain.add()
        pictures.append(picture(folder / "tree"))
    for number, expected in enumerate(pictures):
        report = chain.restore(folder / f"restored{number}", number)
        assert picture(folder / f"restored{number}") == expected
        assert not report.failed
