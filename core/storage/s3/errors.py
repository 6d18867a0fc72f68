"""What boto3 and a server say, in our words: once, here. Never the server's own text: it may quote what we sent."""

import re
from dataclasses import dataclass

from core.domain.errors import BackupServError, StorageFull, StorageUnavailable

_FULL = {"QuotaExceeded", "QuotaExceededException", "StorageFull", "XMinioStorageFull", "InsufficientStorage", "507"}
_BUSY = {"SlowDown", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "NoSuchUpload", "429"}
_CHANGED = {"BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"}
_ELSEWHERE = {
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
    "307",
}
_CHECKSUM = re.compile(r"checksum|trailer|aws-chunked|transfer.encoding|content-length", re.IGNORECASE)
_NOT_IMPLEMENTED = 501
_SERVER_FAULT = 500


class Refused(StorageUnavailable):
    """What a server said no to: its code and status are there for who expected it."""

    def __init__(self, message: str, *, hint: str, passing: bool, code: str, status: int) -> None:
        super().__init__(message, hint=hint, passing=passing)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What was being done when it went wrong."""

    name: str  # of the storage
    bucket: str
    operation: str  # boto3's
    key: str = ""

    @property
    def action(self) -> str:
        """The permission that it needs, as policies call it."""
        return "s3:" + _ACTIONS.get(self.operation, "".join(part.title() for part in self.operation.split("_")))

    def say(self, what: str) -> str:
        """A sentence that names the place."""
        return f"{self.key} on {self.name}: {what}" if self.key else f"{self.name}: {what}"

    def setting(self, key: str) -> str:
        """A setting's name, as it stands in the configuration."""
        return f"storage.{self.name}.{key}"


_ACTIONS = {
    "abort_multipart_upload": "AbortMultipartUpload",
    "complete_multipart_upload": "PutObject",
    "create_multipart_upload": "PutObject",
    "delete_object": "DeleteObject and s3:DeleteObjectVersion",
    "get_object_lock_configuration": "GetBucketObjectLockConfiguration",
    "head_object": "GetObject",
    "list_multipart_uploads": "ListBucketMultipartUploads",
    "list_object_versions": "ListBucketVersions",
    "list_objects_v2": "ListBucket",
    "list_parts": "ListMultipartUploadParts",
    "upload_part": "PutObject",
}


def translate(error: Exception, at: Occasion) -> BackupServError:
    """The error that an operator is shown."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 — start-up time is a promise

    if isinstance(error, ClientError):
        return _refused(error.response, at)
    return _not_reached(error, at)


def _refused(response: object, at: Occasion) -> BackupServError:
    answer = response if isinstance(response, dict) else {}
    told = answer.get("Error", {})
    code = re.sub(r"[^A-Za-z0-9._-]", "", str(told.get("Code") or ""))[:60]
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if {code, str(status)} & _FULL:
        return StorageFull(
            at.say(f"no space is left ({code or status})"), hint=f"raise the quota of {at.bucket}, or free space"
        )
    what, hint, passing = _meaning(code, status, str(told.get("Message", "")), at)
    return Refused(at.say(what), hint=hint, passing=passing, code=code, status=status)


def _meaning(code: str, status: int, message: str, at: Occasion) -> tuple[str, str, bool]:
    """What happened, what to do, and whether it may pass."""
    known = _mistakes(at).get(code)
    if known is not None:
        return (*known, False)
    if code in _CHANGED:
        return f"what arrived is not what was sent ({code})", "", True
    if code in {"MissingContentLength", "411"} or (status != _SERVER_FAULT and _CHECKSUM.search(message)):
        return f"the server refuses our checksums ({code})", f'set {at.setting("checksums")} = "when_required"', False
    if status == _NOT_IMPLEMENTED:
        return f"the server does not know how to {at.operation} ({code})", "", False
    busy = bool({code, str(status)} & _BUSY) or status >= _SERVER_FAULT
    return (f"the server is busy or in trouble ({code or status})" if busy else f"refused: {code or status}"), "", busy


def _mistakes(at: Occasion) -> dict[str, tuple[str, str]]:
    """What does not pass by itself, and how it is mended."""
    denied = ("the key may not do this", f"allow it {at.action} on the bucket {at.bucket}")
    missing = (f"there is no bucket {at.bucket}", f"make it, or mend {at.setting('bucket')}")
    elsewhere = ("the bucket is somewhere else", f"mend {at.setting('region')} or {at.setting('endpoint')}")
    return dict.fromkeys(_ELSEWHERE, elsewhere) | {
        "NoSuchBucket": missing,
        "InvalidBucketName": missing,
        "InvalidAccessKeyId": ("the server does not know the access key", f"mend {at.setting('access_key')}"),
        "SignatureDoesNotMatch": (
            "the server refuses our signature",
            f"mend {at.setting('secret_key')}, or {at.setting('region')}",
        ),
        "AccessDenied": denied,
        "403": denied,
        "ExpiredToken": ("the credentials have expired", "renew them"),
        "RequestTimeTooSkewed": ("the server's clock and ours differ too much", "set this host's clock"),
    }


def _not_reached(error: Exception, at: Occasion) -> StorageUnavailable:
    from botocore import exceptions  # noqa: PLC0415 — start-up time is a promise

    kind = type(error).__name__
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        hint = f"name them: {at.setting('access_key')}, {at.setting('secret_key')}"
        return StorageUnavailable(at.say("there are no credentials"), hint=hint)
    if isinstance(error, exceptions.SSLError) and "certificate" in str(error).lower():
        hint = f"name the CA that vouches for it: {at.setting('ca_file')}"
        return StorageUnavailable(at.say("the server's certificate is not trusted"), hint=hint)
    if isinstance(error, exceptions.ParamValidationError):
        return StorageUnavailable(at.say("boto3 refuses to ask this"), hint=f"mend {at.setting('bucket')}")
    broken = exceptions.ConnectionError | exceptions.HTTPClientError | exceptions.IncompleteReadError | OSError
    if isinstance(error, broken) or type(error).__module__.startswith("urllib3."):
        return StorageUnavailable(at.say(f"the connection failed ({kind})"), passing=True)
    return StorageUnavailable(at.say(f"boto3 gave up ({kind})"))
