"""`DATABASE_URL`: the user's own server is used, checked, and left alone."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from fisc import store
from fisc.store import config, external, server


@pytest.fixture
def own_url(server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The run's server as if it were the user's own."""
    monkeypatch.setenv("DATABASE_URL", server_dsn)
    monkeypatch.setattr(external, "_checked", set())
    return server_dsn


def test_own_server_is_used_and_no_private_one_is_made(
    own_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISC_HOME", str(tmp_path / "home"))
    assert store.dsn() == own_url
    with store.connect() as conn:
        assert conn.execute("select 1").fetchone() == (1,)
    assert not (tmp_path / "home").exists()


def test_own_server_is_neither_started_nor_stopped(own_url: str) -> None:
    with pytest.raises(store.StoreError, match="DATABASE_URL"):
        server.start()
    with pytest.raises(store.StoreError, match="DATABASE_URL"):
        server.stop(force=True)
    assert store.connect().execute("select 1").fetchone() == (1,)


def test_too_old_a_server_is_refused(own_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "MINIMUM_MAJOR", 99)
    with pytest.raises(store.StoreError) as refusal:
        store.dsn()
    assert "版本太旧" in refusal.value.message
    assert "99" in refusal.value.rule


def test_another_encoding_is_refused(own_url: str, server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(server_dsn, autocommit=True) as conn:
        conn.execute("drop database if exists latin")
        conn.execute(
            "create database latin encoding 'LATIN1' locale 'C' locale_provider libc template template0"
        )
    monkeypatch.setenv("DATABASE_URL", server_dsn.replace("/fisc?", "/latin?"))
    with pytest.raises(store.StoreError, match="LATIN1"):
        store.dsn()


@pytest.mark.parametrize(
    "url", ["mysql://clerk:secret@db/fisc", "postgresql://clerk:secret@db/fisc?nonsense=1"]
)
def test_a_url_that_is_none_is_refused_without_showing_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(store.StoreError, match="连接串") as refusal:
        store.dsn()
    assert "secret" not in str(refusal.value)


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://clerk@/fisc?host={tmp_path}")
    with pytest.raises(store.StoreError, match="连不上"):
        store.connect()
