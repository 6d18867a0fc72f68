"""A bucket, and the folder in it that is ours. Every word with the server goes through here."""

from functools import cache, cached_property
from typing import Any

from core.domain.errors import BackupServError, StorageUnavailable
from core.storage.s3.errors import Occasion, Refused, translate
from core.storage.s3.pace import Pace, PacedBody
from core.storage.s3.settings import S3Settings

_ONLY_RETRY = 2  # tries at a broken keep-alive connection; everything else is retried by who knows what is done


class Bucket:
    """What boto3 calls a client, with one bucket, our folder, our errors, and a speed limit."""

    def __init__(self, name: str, settings: S3Settings, pace: Pace) -> None:
        self.name = name
        self.pace = pace
        self._settings = settings

    @property
    def folder(self) -> str:
        """What stands before each of our keys."""
        return f"{self._settings.prefix}/" if self._settings.prefix else ""

    def call(self, operation: str, key: str = "", **words: Any) -> dict[str, Any]:
        """One request about the bucket, or about `key` in our folder.

        Raises:
            StorageFull: what it says.
            Refused: the server said no.
            StorageUnavailable: it was not reached.
        """
        at = self.at(operation, key)
        if key:
            words["Key"] = self.folder + key
        if isinstance(words.get("Body"), bytes):
            words["Body"] = PacedBody(words["Body"], self.pace)
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(Bucket=self._settings.bucket, **words)
        except BackupServError as error:  # a secret that cannot be read
            raise StorageUnavailable(at.say(error.message), hint=error.hint) from None
        except Exception as error:
            raise translate(error, at) from None
        return answer

    def at(self, operation: str, key: str = "") -> Occasion:
        """The occasion of a request, for its errors."""
        return Occasion(name=self.name, bucket=self._settings.bucket, operation=operation, key=key)

    def keeps_versions(self) -> bool:
        """Whether a deleted or replaced object stays beneath."""
        try:
            status = self.call("get_bucket_versioning").get("Status")
        except Refused as refused:
            if refused.status in {405, 501}:  # a server without versions at all
                return False
            raise
        return status in {"Enabled", "Suspended"}

    @cached_property
    def _client(self) -> Any:
        from boto3.session import Session  # noqa: PLC0415 — start-up time is a promise
        from botocore.config import Config  # noqa: PLC0415 — same
        from botocore.session import get_session  # noqa: PLC0415 — same

        chosen = self._settings
        shared = get_session()
        shared.register_component("data_loader", _models())
        session = Session(
            botocore_session=shared,
            aws_access_key_id=chosen.access_key.reveal() if chosen.access_key else None,
            aws_secret_access_key=chosen.secret_key.reveal() if chosen.secret_key else None,
            region_name=chosen.region,
        )
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": chosen.addressing},
            retries={"mode": "standard", "total_max_attempts": _ONLY_RETRY},
            connect_timeout=chosen.connect_seconds,
            read_timeout=chosen.answer_seconds,
            # Ours are given with each upload, in a header that every server takes or leaves.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        trusted: str | bool = str(chosen.ca_file) if chosen.ca_file else chosen.verify
        client = session.client("s3", endpoint_url=chosen.endpoint, verify=trusted, config=config)
        client.meta.events.register("before-send.s3", _begin_sending)
        return client


@cache
def _models() -> Any:
    """What the protocol looks like: megabytes of JSON, which all clients of this process can share."""
    from botocore.loaders import create_loader  # noqa: PLC0415 — start-up time is a promise

    return create_loader()


def _begin_sending(request: Any, **_: Any) -> None:
    if isinstance(request.body, PacedBody):
        request.body.begin_sending()
