"""What patterns mean."""

import pytest

from core.sources.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.log", "a.log"),
        ("*.log", "x/y/a.log"),
        ("log", "x/log"),
        ("/a.log", "a.log"),
        ("x/*.log", "x/a.log"),
        ("**/a.log", "a.log"),
        ("**/a.log", "x/y/a.log"),
        ("x/**/a.log", "x/a.log"),
        ("x/**/a.log", "x/y/z/a.log"),
        ("x/**", "x/y/z"),
        ("cache/", "x/cache"),
        ("?.log", "é.log"),
        ("[ab].log", "a.log"),
        ("[!ab].log", "c.log"),
        ("[a-c]", "b"),
        ("a+b(c).log", "a+b(c).log"),
        ("[", "["),
        ("*", "a\nb"),
    ],
)
def test_a_pattern_that_fits(pattern: str, path: str) -> None:
    assert matches(path, [pattern])


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.log", "a.log.1"),
        ("/a.log", "x/a.log"),
        ("x/*.log", "x/y/a.log"),
        ("x/*.log", "y/x/a.log"),
        ("x/**", "x"),
        ("?.log", "/.log"),
        ("[!a].log", "a.log"),
        ("a.log", "aXlog"),
        ("a**b", "a/b"),
        ("[^a]", "b"),
    ],
)
def test_a_pattern_that_does_not(pattern: str, path: str) -> None:
    assert not matches(path, [pattern])
