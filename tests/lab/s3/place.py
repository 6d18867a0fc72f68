"""Where a real S3 server of the tests answers, and how one comes in."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One server: its endpoint, a key that may do everything, and the CA that vouches for it."""

    host: str
    port: int
    key: str
    secret: str
    ca: str

    @property
    def endpoint(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"

    def client(self) -> Any:
        """Somebody else who comes to the same buckets, with every right."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            verify=self.ca,
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def write(self, path: Path) -> None:
        """Tell others, whole or not at all."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.rename(path)

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(**json.loads(path.read_text()))
