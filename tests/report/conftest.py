from __future__ import annotations

import pytest

from fisc.report.model import Report
from fisc.report.template import compose_text
from tests.report.fake import TEMPLATE, sample, scope


@pytest.fixture(scope="session")
def report() -> Report:
    """The sample report: every feature of the template language, one gap, one undefined growth."""
    return compose_text(TEMPLATE, "sample.md", sample(), scope())
