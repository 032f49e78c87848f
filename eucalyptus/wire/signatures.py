# SPDX-License-Identifier: BSD-2-Clause
"""Which signature a request carries: exactly one, of a version that this cloud knows."""

from __future__ import annotations

from collections.abc import Mapping

from eucalyptus.contracts.refusals import MISSING_CREDENTIALS
from eucalyptus.wire import sigv2, sigv4
from eucalyptus.wire.signable import Accepts, Signable, Signed, malformed


def parse(request: Signable, accepts: Accepts) -> Signed:
    """The signature that ``request`` claims; ``signable.check`` proves it.

    Raises MISSING_CREDENTIALS when it carries none, MALFORMED when it carries two or one that
    cannot be read, AUTH_FAILURE when it leaves open what must be signed.
    """
    older = sigv2.applies_s3(request) if accepts.s3 else sigv2.applies(request)
    if sigv4.applies(request):
        if older:
            raise malformed("it is signed in two versions")
        return sigv4.parse(request, accepts)
    if not older:
        raise MISSING_CREDENTIALS()
    return sigv2.parse_s3(request, accepts) if accepts.s3 else sigv2.parse(request, accepts)


def parse_form(fields: Mapping[str, str], accepts: Accepts) -> Signed:
    """The signature of a browser's form, which signs its policy; ``fields`` in lower case.

    Raises MISSING_CREDENTIALS when it has neither policy nor signature, MALFORMED when it has
    only one of them, or two signatures, or one that cannot be read.
    """
    signed = {name for name in ("signature", "x-amz-signature") if name in fields}
    if not signed and "policy" not in fields:
        raise MISSING_CREDENTIALS()
    if not signed or "policy" not in fields:
        raise malformed("the form has a policy without signature, or a signature without policy")
    if len(signed) > 1:
        raise malformed("it is signed in two versions")
    if "signature" in fields:
        return sigv2.parse_form(fields)
    return sigv4.parse_form(fields, accepts)
