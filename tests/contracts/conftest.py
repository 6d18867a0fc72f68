"""Real S3 servers keep the contract of storages too."""

from tests.lab.s3.fixture import localstack_locking, localstack_place, radosgw_place, radosgw_shop

__all__ = ["localstack_locking", "localstack_place", "radosgw_place", "radosgw_shop"]
