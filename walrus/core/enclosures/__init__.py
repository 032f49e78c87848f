# SPDX-License-Identifier: BSD-2-Clause
"""A SOAP message and what is attached to it, in one HTTP body: by DIME, or by MIME (SwA)."""
