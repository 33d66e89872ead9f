"""Monitoring rules and invariants over the treasury."""

from fisc.treasury import theme_violations
from fisc.treasury.checks import books

CHECKS = (*books.CHECKS, *theme_violations.CHECKS)
