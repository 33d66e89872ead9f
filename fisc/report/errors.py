"""Refusals of the report layer."""

from __future__ import annotations

from fisc.kernel.errors import FiscError


class TemplateError(FiscError):
    """A template that cannot be turned into a report; names the template and its line."""


class FontCoverageError(FiscError):
    """A report holds characters that no shipped font can print."""
