"""`fisc special`: each theme as the figures have it; it leaves with 1 where a rule of use was broken."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from fisc.cli import main
from tests.capital.test_figures import themed
from tests.capital.world import CITY, YUAN
from tests.conftest import _copy_of
from tests.treasury import paying


@pytest.fixture
def dsn(server_dsn: str, capital_template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A furnished city of its own: what commands see must be there for good."""
    with _copy_of(server_dsn, capital_template) as own:
        monkeypatch.setenv("DATABASE_URL", own)
        yield own


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main.run(("special", *arguments))
    return code, capsys.readouterr().out


@pytest.mark.usefixtures("before_rules")
def test_themes_are_shown_and_misuse_is_told(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(dsn) as conn:
        themed(conn, "Y1", "stabilise_economy", 70, "1")
        paying.paid(conn, paying.application("A3", "Y1", 40))
    code, text = asked(capsys, "--region", CITY, "--year", "2022", "--json")
    found = json.loads(text)
    assert code == 0 and found["violations"] == []
    (row,) = found["themes"]
    assert row["theme"] == "stabilise_economy" and row["paid"] == 40 * YUAN and row["issued"] == 70 * YUAN

    with psycopg.connect(dsn) as conn:
        themed(conn, "V1", "vocational_education", 300, "1")  # under 2050202: general education
        paying.paid(conn, paying.application("A1", "V1", 120))
    code, text = asked(capsys, "--region", CITY, "--year", "2022")
    assert code == 1 and "职业教育" in text and "不合使用规则" in text


def test_a_year_without_themes_and_a_region_that_is_none(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = asked(capsys, "--region", CITY, "--year", "2022")
    assert code == 0 and "没有专题" in text
    assert asked(capsys, "--region", "999")[0] == 3
