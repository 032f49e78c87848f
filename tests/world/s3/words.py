# SPDX-License-Identifier: BSD-2-Clause
"""What command lines of S3 are asked beside the round trip, and what they say then.

The bucket holds ``k``, six bytes. Words are those of a shell; ``{bucket}`` and ``{policy}``, the
path of a file, are filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MD5 = "b1946ac92492d2347c6235b4d2611184"
POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", '
    '"Action": "s3:GetObject", "Resource": "arn:aws:s3:::%s/*"}]}'
)
_S3CMD = (
    ("info s3://{bucket}/k", MD5),
    ("modify --add-header=x-amz-meta-shape:round s3://{bucket}/k", "modify"),
    ("setacl --acl-public s3://{bucket}/k", "ACL set to Public"),
    ("info s3://{bucket}/k", "x-amz-meta-shape: round"),
    ("info s3://{bucket}/k", "*anon*: READ"),
    ("mv s3://{bucket}/k s3://{bucket}/moved", "move"),
    ("du s3://{bucket}", " 1 objects"),
    ("expire --expiry-days=3 s3://{bucket}", "expiration configuration is set"),
    ("setpolicy {policy} s3://{bucket}", "Policy updated"),
    ("info s3://{bucket}", "expire in '3' day(s)"),
    ("info s3://{bucket}", "s3:GetObject"),
    ("delpolicy s3://{bucket}", "Policy deleted"),
    ("accesslog s3://{bucket}", "Logging Enabled: False"),
    ("multipart s3://{bucket}", "Initiated"),
    ("--signature-v2 ls s3://{bucket}", "/moved"),
    ("--recursive --force rb s3://{bucket}", "removed"),
)
_RCLONE = (
    ("cat w:{bucket}/k", "hello"),
    ("lsl w:{bucket}", "6 "),
    ("hashsum MD5 w:{bucket}", MD5),
    ("touch w:{bucket}/k", ""),
    ("backend versioning w:{bucket} Enabled", "Enabled"),
    ("moveto w:{bucket}/k w:{bucket}/moved", ""),
    ("size w:{bucket}", "(6 Byte)"),
    ("lsf --s3-versions w:{bucket}", "k-v"),
    ("backend list-multipart-uploads w:{bucket}", "[]"),
    ("cleanup w:{bucket}", ""),
    ("purge w:{bucket}", ""),
)
_AWS = (
    ("s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled", ""),
    ("s3api put-object-tagging --bucket {bucket} --key k --tagging 'TagSet=[{{Key=a,Value=b}}]'",
     "VersionId"),
    ("s3api put-object-acl --bucket {bucket} --key k --acl public-read", ""),
    ("s3api put-bucket-cors --bucket {bucket} --cors-configuration "
     "CORSRules=[{{AllowedMethods=[GET],AllowedOrigins=[*]}}]", ""),
    ("s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration "
     "'Rules=[{{ID=old,Status=Enabled,Filter={{Prefix=z}},Expiration={{Days=9}}}}]'", ""),
    ("s3api put-bucket-policy --bucket {bucket} --policy file://{policy}", ""),
    ("s3api copy-object --bucket {bucket} --key c --copy-source {bucket}/k "
     "--metadata-directive REPLACE --metadata shape=round --server-side-encryption AES256", MD5),
    ("s3api create-multipart-upload --bucket {bucket} --key m", "UploadId"),
    ("s3api get-bucket-versioning --bucket {bucket}", "Enabled"),
    ("s3api get-object-tagging --bucket {bucket} --key k", '"Key": "a"'),
    ("s3api get-object-acl --bucket {bucket} --key k", "groups/global/AllUsers"),
    ("s3api get-bucket-cors --bucket {bucket}", "AllowedOrigins"),
    ("s3api get-bucket-lifecycle-configuration --bucket {bucket}", '"old"'),
    ("s3api get-bucket-policy-status --bucket {bucket}", '"IsPublic": true'),
    ("s3api head-object --bucket {bucket} --key c", '"ServerSideEncryption": "AES256"'),
    ("s3api get-object-attributes --bucket {bucket} --key k --object-attributes ObjectSize",
     '"ObjectSize": 6'),
    ("s3api list-multipart-uploads --bucket {bucket}", '"Key": "m"'),
    ("s3api list-object-versions --bucket {bucket}", '"IsLatest": true'),
    ("s3api list-objects-v2 --bucket {bucket} --query Contents[].Key --output text", "c\tk"),
)  # fmt: skip
WORDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "s3cmd": _S3CMD,
    "rclone": _RCLONE,
    "aws-cli": _AWS,
}
"""By client: words, and what the answer to them holds."""
