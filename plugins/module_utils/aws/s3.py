# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several kinds of S3 need: patience with S3's own views, and emptying a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..core.errors import Exists, Failure
from ..core.wait import Clock, poll
from .session import Service

#: Seconds in which S3 may still be working on an earlier change of the same bucket.
SETTLE_SECONDS = 120.0

#: Objects per DeleteObjects and entries per listing.
AT_ONCE = 1000

#: S3's code for "an earlier change is still under way; try again".
CONFLICT = "OperationAborted"


def settled(call: Callable[..., Any], *, also: Sequence[str] = (), clock: Clock | None = None, **params: Any) -> Any:
    """Make a call, again and again while S3 says that it is still busy with the bucket.

    Args:
        call: the operation.
        also: further error codes that pass by themselves.
        clock: time; tests pass one that does not wait.
        params: parameters of the call.

    Raises:
        Failure: the call failed for another reason, or for that one for too long.
    """

    def attempt() -> Any:
        try:
            return call(**params)
        except Failure as failure:
            if failure.code not in (CONFLICT, *also):
                raise
            return failure

    answer, done = poll(
        attempt,
        lambda seen: not isinstance(seen, Failure),
        clock=clock or Clock(),
        timeout=SETTLE_SECONDS,
    )
    if not done:
        raise answer
    return answer


def unless_exists(call: Callable[..., Any], **params: Any) -> Any:
    """Make a call that creates; a bucket that this account has got in the meantime is as good.

    Raises:
        Failure: the name belongs to somebody else, or the call failed.
    """
    try:
        return settled(call, **params)
    except Exists as taken:
        if taken.code == "BucketAlreadyOwnedByYou":
            return None
        raise Failure(
            taken.what,
            "bucket names are unique in the world, and another account owns this one",
            next_step="choose another name or suffix",
            code=taken.code,
        ) from None


def empty(s3: Service, bucket: str) -> None:
    """Abort all uploads and delete every object with all its versions and delete markers."""
    for upload in s3.pages("list_multipart_uploads", "Uploads", Bucket=bucket):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for batch in _batches(s3, bucket):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        errors: list[Mapping[str, str]] = answer.get("Errors") or []
        if errors:
            first = errors[0]
            why = f"{len(errors)} of {len(batch)} objects stayed, first {first.get('Key')}: {first.get('Message')}"
            raise Failure(f"s3:DeleteObjects {bucket}", why, code=first.get("Code", ""))


def _batches(s3: Service, bucket: str) -> Iterator[list[dict[str, str]]]:
    """Yield what is left in the bucket, from its start each time: what was yielded is gone by then."""
    while True:
        page = s3.list_object_versions(Bucket=bucket, MaxKeys=AT_ONCE)
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if not found:
            return
        yield [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
