"""The toy domain of docs/how-to-add-a-domain.md is written out, installed and used, word for word."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
DOC = ROOT / "docs" / "how-to-add-a-domain.md"
#: A domain with document, flow, entries, list, detail, file and figure takes less than this.
MOST_LINES = 150


def _files(text: str) -> dict[str, str]:
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", text, re.S)
    return dict(blocks)


def _run(folder: Path, dsn: str, *words: str, code: int = 0) -> str:
    env = {
        **os.environ, "DATABASE_URL": dsn, "FISC_DOMAINS": "deposits", "PYTHONPATH": f"{folder}:{ROOT}",
        "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout or done.stderr


def test_the_toy_domain_does_what_the_document_says(ledger_db: str, tmp_path: Path) -> None:
    text = DOC.read_text("utf8")
    files = _files(text)
    domain = {name: code for name, code in files.items() if name.startswith("deposits/")}
    assert sum(len(code.splitlines()) for code in domain.values()) < MOST_LINES
    for name, code in files.items():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(code, "utf8")
    (tmp_path / "deposits" / "__init__.py").write_text("", "utf8")
    (tmp_path / "deposits" / "sql").mkdir()
    (tmp_path / "deposits" / "sql" / "readers.sql").write_text(
        "create or replace function deposits_held() returns bigint language sql stable "
        "as $$ select count(*) from deposits_deposit $$;",
        "utf8",
    )
    # what is forgotten or mistaken on the way is said in words
    assert "makemigrations" in _run(tmp_path, ledger_db, "-m", "fisc.cli.main", "db", "init", code=3)
    figures = tmp_path / "deposits" / "figures.py"
    figures.write_text(
        files["deposits/figures.py"].replace("deposits.unidentified", "revenue.general"), "utf8"
    )
    assert "revenue.general" in _run(tmp_path, ledger_db, "-m", "fisc.cli.main", "figures", "list", code=3)
    figures.write_text(files["deposits/figures.py"], "utf8")
    _run(tmp_path, ledger_db, "-m", "django", "makemigrations", "deposits", "--settings", "fisc.settings")
    said = _run(tmp_path, ledger_db, "what_you_have.py")
    expected = re.search(r"prints\n\n```text\n(.*?)```", text, re.S)
    assert expected is not None and said == expected[1], said
    with psycopg.connect(ledger_db) as conn:
        assert conn.execute("select deposits_held() > 0").fetchone() == (True,)
