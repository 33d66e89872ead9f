"""The report on one year's budgets and the next year's draft (预算执行情况和预算草案的报告)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fisc.report.model import Report
from fisc.report.ports import FigureSource, Scope
from fisc.report.template import compose

_TEMPLATE: Final = "budget_report.md.j2"


def budget_report(source: FigureSource, scope: Scope, not_posted: Sequence[tuple[str, str]] = ()) -> Report:
    """The report of `scope`: what the books do not hold is left out and listed in an annex, as is
    `not_posted`: tables of the published book that no entry was made of, each with where it stands.

    Raises TemplateError and FontCoverageError as `compose` does.
    """
    return compose(_TEMPLATE, source, scope, lambda _: {"not_posted": not_posted}, is_clean=True)
