#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mounted.sh FOLDER BUCKET [s3fs options]: clones FOLDER/repository into the mounted bucket, mounts
# it anew, checks the clone and copies it to FOLDER/back. Ends with s3fs in a namespace of its own.
set -eu
folder=$1
bucket=$2
shift 2
mkdir "$folder/mounted"
trap 'umount "$folder/mounted" 2>/dev/null || true' EXIT

s3fs "$bucket" "$folder/mounted" "$@"
git clone -q "$folder/repository" "$folder/mounted/clone"
umount "$folder/mounted"

s3fs "$bucket" "$folder/mounted" "$@"
git -C "$folder/mounted/clone" fsck --full --strict
git -C "$folder/mounted/clone" status --porcelain
cp -r "$folder/mounted/clone" "$folder/back"
rm -r "$folder/mounted/clone"
