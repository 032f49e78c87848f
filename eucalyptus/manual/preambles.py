# SPDX-License-Identifier: BSD-2-Clause
"""What a reader copies once before the examples work: how each client is told key and address."""

ZEEP_SIGNING = '''\
import os
from datetime import UTC, datetime, timedelta

import xmlsec
import zeep
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import WSU, get_security_header


class Signed(BinarySignature):
    """Signs Timestamp and Body; replies of the front door come unsigned."""

    def apply(self, envelope, headers):
        now = datetime.now(UTC)
        get_security_header(envelope).append(
            WSU.Timestamp(
                WSU.Created(f"{now:%Y-%m-%dT%H:%M:%SZ}"),
                WSU.Expires(f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"),
            )
        )
        return super().apply(envelope, headers)

    def verify(self, envelope):
        return envelope
'''

ZEEP_OPENING = """\
url = os.environ["EC2_URL"]  # . eucarc
signed = Signed(
    os.environ["EC2_PRIVATE_KEY"],
    os.environ["EC2_CERT"],
    signature_method=xmlsec.constants.TransformRsaSha256,
    digest_method=xmlsec.constants.TransformSha256,
)
client = zeep.Client(f"{url}?wsdl", wsse=signed)
(binding,) = client.wsdl.bindings
ec2 = client.create_service(binding, url)
"""

BOTO3_OPENING = """\
import os

import boto3

ec2 = boto3.client("ec2", endpoint_url=os.environ["EC2_URL"])  # . eucarc
"""

EUCA2OOLS_OPENING = ". eucarc    # euca2ools and Amazon's ec2-api-tools read their keys from it\n"
