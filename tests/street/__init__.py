# SPDX-License-Identifier: BSD-2-Clause
"""The whole front as its users meet it: every house of the cloud behind one door."""
