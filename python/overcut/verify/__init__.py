"""Verification: an assessment is computed again from its inputs, and every figure of record and documents is compared."""

from __future__ import annotations

from overcut.verify.verification import Difference, Verification
from overcut.verify.verifying import verify

__all__ = ["Difference", "Verification", "verify"]
