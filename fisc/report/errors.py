"""Refusals of the report layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fisc.kernel.errors import FiscError


class ReportError(FiscError):
    """A report that cannot be made as asked."""


class TemplateError(ReportError):
    """A template that cannot be turned into a report; names the template and its line."""

    def __init__(
        self, message: str, rule: str = "模板只用规定的写法和指标目录里的指标",
        hint: str = "请改正模板的这一处，写法可照随附的模板", details: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, rule, hint, details)


class FontCoverageError(ReportError):
    """A report holds characters that no shipped font can print."""
