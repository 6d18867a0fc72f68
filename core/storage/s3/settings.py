"""`[storage.NAME]` with `kind = "s3"`."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.secrets import Secret
from core.storage.keys import is_key

MIB = 1 << 20


class LockSettings(BaseModel):
    """`lock = { mode = "governance", days = 30 }`: each object is locked for so long when it is stored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    mode: Literal["governance", "compliance"]
    days: int = Field(gt=0, le=36500)


class S3Settings(BaseModel):
    """`[storage.NAME]`: a bucket."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["s3"]
    bucket: str = Field(min_length=3, max_length=255, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]+$")
    prefix: str = Field(default="", description="the folder in the bucket that is ours")
    endpoint: str | None = Field(default=None, description="https://…; default: Amazon's for the region")
    region: str = Field(default="us-east-1", min_length=1)
    access_key: Secret | None = None
    secret_key: Secret | None = None
    ca_file: Path | None = Field(default=None, strict=False, description="the CA that vouches for the endpoint")
    verify: bool = True
    addressing: Literal["auto", "path", "virtual"] = "auto"
    checksums: Literal["auto", "when_required"] = "auto"
    part_bytes: int = Field(default=8 * MIB, ge=5 * MIB, le=5120 * MIB)  # S3's own limits
    limit_bytes_per_second: int | None = Field(default=None, gt=0)
    connect_seconds: float = Field(default=10, gt=0, strict=False)
    answer_seconds: float = Field(default=60, gt=0, strict=False)
    lock: LockSettings | None = None

    @field_validator("prefix")
    @classmethod
    def _a_folder(cls, prefix: str) -> str:
        if prefix and not is_key(prefix):
            raise ValueError("expected folders of letters, digits, '.', '_' or '-', with '/' between them only")
        return prefix

    @field_validator("endpoint")
    @classmethod
    def _an_address(cls, endpoint: str | None) -> str | None:
        try:
            parts = urlsplit(endpoint or "https://x")
            good = parts.scheme in {"http", "https"} and parts.hostname and not parts.username and not parts.query
            _ = parts.port  # refuses what is no number
        except ValueError:
            good = False
        if not good:
            raise ValueError('expected an address: "https://s3.example.net"')
        return endpoint

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key come together; without both, boto3 looks in its own places")
        if self.ca_file is not None and not self.verify:
            raise ValueError("ca_file has no meaning with verify = false")
        return self
