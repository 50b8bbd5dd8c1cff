# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests are made of: processes, peers, taps, SIP bytes.

Nothing here knows what Regent should do; that is said in the tests.
"""
