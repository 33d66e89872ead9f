"""The bootstrap and the loader on a real database."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psycopg
import pytest

import fisc.app
from fisc.kernel import Coding
from fisc.registry import regions, tables
from fisc.registry.fund_kinds import fund_kind


def _counts(dsn: str) -> dict[str, int]:
    names = ["registry_classification", "registry_accountrow", "registry_postingrule", "ledger.region"]
    with psycopg.connect(dsn) as conn:
        return {n: conn.execute(f"select count(*) from {n}".encode()).fetchone()[0] for n in names}  # type: ignore[index]


def _divisions() -> set[str]:
    return {code for row in tables.region_rows() for code in regions.codes_of(row)}


def _mark(dsn: str) -> tuple[object, ...] | None:
    with psycopg.connect(dsn) as conn:
        return conn.execute("select stamp, set_up_at from public.fisc_setup").fetchone()


@pytest.fixture
def ready(ready_db: str) -> str:
    """A database set up by fisc.app, in force."""
    return fisc.app.setup(ready_db)


def test_setup_loads_every_row_and_makes_accounts_and_regions_known(ready: str) -> None:
    classifications = sum(len(tables.classification_rows(kind)) for kind in tables.CLASSIFICATION_FILES)
    assert _counts(ready) == {
        "registry_classification": classifications,
        "registry_accountrow": len(tables.account_rows()),
        "registry_postingrule": len(tables.rule_rows()),
        "ledger.region": len(_divisions()),
    }
    with psycopg.connect(ready) as conn:
        known = {
            f"{b}:{c}": f for b, c, f in conn.execute("select book, code, floor_fen from ledger.account")
        }
        known_regions = {code for (code,) in conn.execute("select mof_div_code from ledger.region")}
    assert known == {f"{row.book}:{row.code}": row.floor_fen for row in tables.account_rows()}
    assert known_regions == _divisions()


def test_setting_up_again_changes_nothing(ready: str) -> None:
    before = _mark(ready)
    fisc.app._done_for.clear()
    assert fisc.app.setup(ready) == ready
    assert _mark(ready) == before


def test_loading_twice_changes_nothing(ready: str) -> None:
    from fisc.registry import loader, models

    before = sorted(models.Classification.objects.values_list("id", "code", "name"))
    assert loader.load() == []
    models.DataFile.objects.all().delete()
    assert "exp_func.csv" in loader.load()
    assert sorted(models.Classification.objects.values_list("id", "code", "name")) == before


def test_a_row_gone_from_the_table_goes_and_one_changed_by_hand_comes_back(ready: str) -> None:
    from fisc.registry import loader, models

    models.Classification.objects.create(
        kind="exp_func",
        code="999",
        name="多出",
        level="class",
        valid_from_year=2021,
        source="x",
        is_verified=False,
    )
    models.Classification.objects.filter(kind="exp_func", code="21105", valid_to_year=2023).update(
        name="错名"
    )
    models.DataFile.objects.filter(name="exp_func.csv").update(digest="old")
    assert loader.load() == ["exp_func.csv"]
    assert not models.Classification.objects.filter(code="999").exists()
    assert models.Classification.objects.get(code="21105", valid_to_year=2023).name == "天然林保护"


def test_two_programs_may_set_up_at_once(ledger_db: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(fisc.app.setup, [ledger_db, ledger_db])) == [ledger_db, ledger_db]
    assert _counts(ledger_db)["ledger.region"] == len(_divisions())


def test_the_database_tells_kinds_of_funds_as_the_table_does(ready: str) -> None:
    outlays = [row["func_code"] for row in tables.read_table("fund_kinds.csv")]
    blocks = [("121", "", one) for one in outlays] + [("121", "", f"{one}01") for one in outlays]
    blocks += [("121", one, "2300802") for one in ("1030148", "103014801", "10301", "11004", "1030148X")]
    blocks += [("121", one, "22960") for one in ("1031006", "103100601", "10310", "1100802")]
    blocks += [("121", "", "2300802"), ("111", "1030148", "21208"), ("122", "", "21208"), ("121", "", "")]
    with psycopg.connect(ready) as conn:
        for fund, revenue, outlay in blocks:
            asked = "select registry_kind_of_fund(%s, %s, %s)"
            told = conn.execute(asked, [fund, revenue, outlay]).fetchone()
            block = Coding(2022, "150600000", fund, rev_func_code=revenue, exp_func_code=outlay)
            assert told == (fund_kind(block),), block
