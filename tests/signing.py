"""Signing officers in for commands under test: a session of the database, its token in the environment."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from fisc.cli import signing
from fisc.documents.sessions import open_session


def sign_in(conn: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, officer: str) -> None:
    """Commands run as `officer` from here on."""
    monkeypatch.setenv(signing.TOKEN, open_session(conn, officer))
    monkeypatch.delenv(signing.OFFICER, raising=False)
