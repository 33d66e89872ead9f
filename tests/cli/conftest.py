"""Commands as somebody meets them whose locale names no language."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Help is Chinese unless a test asks for another language."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
