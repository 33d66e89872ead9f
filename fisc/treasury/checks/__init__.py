"""Monitoring rules and invariants over the treasury."""

from fisc.treasury.checks import books, themes

CHECKS = (*books.CHECKS, *themes.CHECKS)
