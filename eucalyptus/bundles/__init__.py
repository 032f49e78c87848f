# SPDX-License-Identifier: BSD-2-Clause
"""Image bundles: the encrypted, signed form in which an image travels to the object store.

An image is wrapped into a tar archive, compressed with gzip, encrypted with AES-128-CBC and cut
into parts. A manifest names the parts with their SHA-1 digests, carries the AES key and
initialisation vector encrypted for the cloud and for the user, and is signed by the user. The
command line makes bundles and the object store opens them, so the format lives on common ground.
Everything here is pure: bytes in, bytes out; keys and times are handed in.
"""
