"""Every test of this folder talks to real servers."""

from tests.lab.fixture import lab, ngircd, town

__all__ = ["lab", "ngircd", "town"]
