# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures for the whole street."""

pytest_plugins = ("tests.fixtures.reactor", "tests.fixtures.postgres", "tests.fixtures.libvirtd",
                  "tests.fixtures.cloud", "tests.fixtures.conformance")  # fmt: skip
