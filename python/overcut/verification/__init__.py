"""Verification: an assessment is computed again from its inputs, and every figure is compared."""

from __future__ import annotations

from overcut.verification.result import Difference, Verification
from overcut.verification.verifying import verify

__all__ = ["Difference", "Verification", "verify"]
