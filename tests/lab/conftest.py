"""Every test of this folder talks to real servers."""

from tests.lab.fixture import lab, town

__all__ = ["lab", "town"]
