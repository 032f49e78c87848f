# SPDX-License-Identifier: BSD-2-Clause
"""S3 over SOAP: the sixteen operations of AmazonS3.wsdl, API version 2006-03-01."""
