"""Servers for the tests of this folder."""

from tests.lab.s3.fixture import (
    localstack_locking,
    localstack_place,
    localstack_shop,
    locking,
    plain,
    radosgw_locking,
    radosgw_place,
    radosgw_shop,
)

__all__ = [
    "localstack_locking",
    "localstack_place",
    "localstack_shop",
    "locking",
    "plain",
    "radosgw_locking",
    "radosgw_place",
    "radosgw_shop",
]
