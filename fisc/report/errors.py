"""Refusals of the report layer."""

from __future__ import annotations

from fisc.kernel.errors import FiscError


class ReportError(FiscError):
    """A report that cannot be made as asked."""


class TemplateError(ReportError):
    """A template that cannot be turned into a report; names the template and its line."""


class FontCoverageError(ReportError):
    """A report holds characters that no shipped font can print."""
