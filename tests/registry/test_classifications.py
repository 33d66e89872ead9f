"""Codes by year: names, renames, unknown codes, funds, families; the sample book's codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from fisc.kernel import Coding
from fisc.registry import classifications as cls
from fisc.registry import tables
from fisc.registry.errors import RegistryError
from fisc.registry.fund_kinds import fund_kind
from fisc.registry.names import normal_name
from fisc.sample import BOOK

GENERAL = ["01-1", "01-2", "02", "03-1", "03-2", "04", "20-1", "20-2", "21", "22-1", "22-2", "23"]
FUNDS = ["06", "07", "08", "09", "28", "29", "30", "31"]
ONLY_2026 = {"2101902"}


@pytest.mark.parametrize(
    ("code", "name_2022", "name_2025"),
    [
        ("21105", "天然林保护", "森林保护修复"),
        ("21112", "可再生能源", "清洁能源"),
        ("2013804", "市场主体管理", "经营主体管理"),
        ("21505", "工业和信息产业监管", "工业和信息产业"),
        ("2080709", "职业技能鉴定补贴", "职业技能评价补贴"),
    ],
)
def test_a_renamed_code_has_the_name_of_its_year(code: str, name_2022: str, name_2025: str) -> None:
    old, new = cls.lookup("exp_func", code, 2022), cls.lookup("exp_func", code, 2025)
    assert old is not None and new is not None
    assert (old.name, new.name) == (name_2022, name_2025)
    assert old.is_verified and new.is_verified
    assert cls.by_name("exp_func", name_2025, 2022) is None


@pytest.mark.parametrize(
    ("code", "year"),
    [("20140", 2022), ("20139", 2023), ("20141", 2022), ("2010308", 2025), ("2101902", 2025), ("201", 2020)],
)
def test_a_code_not_in_force_that_year_is_none(code: str, year: int) -> None:
    assert cls.lookup("exp_func", code, year) is None


def test_care_of_the_young_changes_its_name_in_2026() -> None:
    assert [cls.lookup("exp_func", "21019", year).name for year in (2025, 2026)] == ["托育服务", "育幼服务"]  # type: ignore[union-attr]


def test_a_name_only_carried_back_is_provisional_in_2022() -> None:
    early, late = cls.lookup("exp_func", "2010304", 2022), cls.lookup("exp_func", "2010304", 2025)
    assert early is not None and late is not None
    assert (early.name, early.is_verified, late.is_verified) == (late.name, False, True)


def test_the_same_code_means_different_things_in_two_funds() -> None:
    general, fund = cls.lookup("exp_func", "231", 2025, "111"), cls.lookup("exp_func", "231", 2025, "121")
    assert general is not None and fund is not None
    assert (general.name, fund.name) == ("债务还本支出", "地方政府专项债务还本支出")
    assert cls.lookup("exp_func", "20598", 2025, "111") is None
    assert cls.lookup("exp_func", "20598", 2025, "121") is not None


def test_families() -> None:
    item = cls.lookup("rev_func", "103060105", 2025, "13")
    assert item is not None
    assert [row.code for row in cls.parents(item, 2025)] == ["1030601", "10306", "103"]
    assert [row.fund for row in cls.parents(item, 2025)][:2] == ["13", "13"]
    below = [row.code for row in cls.children("exp_func", "20140", 2025, "111")]
    assert below == ["2014001", "2014002", "2014003", "2014004", "2014050", "2014099"]
    assert cls.children("exp_func", "20140", 2022) == []


def test_history_of_a_code() -> None:
    assert cls.years_of("exp_func", "21105") == [(2021, 2023, "天然林保护"), (2024, None, "森林保护修复")]


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(RegistryError, match="exp_func"):
        cls.lookup("functional", "201", 2025)


@pytest.mark.parametrize(
    ("kind", "printed", "fund", "code"),
    [
        ("exp_func", "一、一般公共服务支出", "111", "201"),
        ("exp_func", "   政府办公厅(室)及相关机构事务", "111", "20103"),
        ("exp_func", '    "三供一业"移交补助支出', "13", "2230102"),
        ("exp_func", "国有企业政策性补贴（项）", "13", "2230301"),
        ("exp_func", "其他国有资本经营预算支出", "13", "22399"),
        ("exp_func", "结转下年", "13", "23009"),
        ("exp_func", "年终结转", "111", "23009"),
        ("rev_func", "   一般性转移支付收入", "111", "11002"),
        ("rev_func", "六、城乡居民基本养老保险基金收入", "14", "10210"),
        ("rev_func", "四、城镇职工基本医疗保险基金收入", "14", "10203"),
    ],
)
def test_codes_are_found_by_their_printed_names(kind: str, printed: str, fund: str, code: str) -> None:
    row = cls.by_name(kind, printed, 2025, fund)
    assert row is not None and row.code == code


@given(st.text(max_size=30))
def test_a_normal_name_is_its_own_normal_name(text: str) -> None:
    assert normal_name(normal_name(text)) == normal_name(text)


@given(
    st.sampled_from([r for k in cls.kinds() for r in tables.classification_rows(k)]), st.integers(2021, 2030)
)
def test_lookup_finds_every_row_in_exactly_its_years(row: tables.Row, year: int) -> None:
    found = cls.lookup(row.kind, row.code, year, row.fund or None)
    assert (found == row) == row.is_valid(year) or not row.fund


def _coded_rows(sheets: list[str]) -> Iterator[tuple[str, str]]:
    book = CalamineWorkbook.from_path(str(BOOK))
    for title in book.sheet_names:
        if title.strip() in sheets:
            for row in book.get_sheet_by_name(title).to_python():
                code = str(int(row[0])) if isinstance(row[0], float) else str(row[0]).strip()
                if re.fullmatch(r"\d{3,9}", code):
                    yield code, str(row[1])


@pytest.mark.parametrize(("sheets", "fund"), [(GENERAL, "111"), (FUNDS, "121")])
def test_every_code_and_name_of_the_sample_book_is_known(sheets: list[str], fund: str) -> None:
    printed = set(_coded_rows(sheets))
    assert len(printed) > 200
    missing = set()
    for code, name in printed:
        kind = "rev_func" if code.startswith("1") else "exp_func"
        years = [2026] if code in ONLY_2026 else [2024, 2025, 2026]
        missing |= {(code, year) for year in years if cls.lookup(kind, code, year, fund) is None}
        if not any(cls.by_name(kind, name, year, fund) for year in years):
            missing.add((code, name))
    assert missing == set()


@pytest.mark.parametrize(
    ("sheets", "kind"), [(["10", "12", "33", "35"], "rev_func"), (["11", "13", "34", "36"], "exp_func")]
)
def test_state_capital_lines_are_found_by_name(sheets: list[str], kind: str) -> None:
    book = CalamineWorkbook.from_path(str(BOOK))
    unknown = set()
    for title in (t for t in book.sheet_names if t.strip() in sheets):
        for row in book.get_sheet_by_name(title).to_python()[4:]:
            name = str(row[0]).strip()
            if name and cls.by_name(kind, name, 2025, "13") is None:
                unknown.add(normal_name(name))
    totals = {
        "全市国有资本经营收入",
        "市本级国有资本经营收入",
        "全市国有资本经营支出",
        "市本级国有资本经营支出",
    }
    assert unknown <= totals | {"各项收入合计", "各项支出合计"}


@pytest.mark.parametrize(
    ("outlay", "kind"),
    [("2120801", "1030148"), ("2320411", "1030148"), ("2330420", "1030178"), ("2320431", "")],
)
def test_what_its_debt_costs_a_fund_is_of_its_kind(outlay: str, kind: str) -> None:
    assert fund_kind(Coding(2022, "150600000", "121", exp_func_code=outlay)) == kind


@pytest.mark.parametrize(
    ("kind", "code", "year", "fund", "said"),
    [
        ("rev_func", "101010101", 2022, "121", "111 一般公共预算资金，不属于 121 政府性基金预算资金"),
        ("rev_func", "999", 2022, "111", "2022 年没有收入分类 999"),
        ("rev_func", "101010101", 2022, "111", ""),
        ("exp_func", "2990101", 2022, None, "2022 年没有支出功能分类 2990101"),
    ],
)
def test_an_unknown_code_is_told_what_it_belongs_to(
    kind: str, code: str, year: int, fund: str | None, said: str
) -> None:
    why = cls.unknown(kind, code, year, fund)
    assert why.endswith(said) and bool(why) == bool(said)


def test_a_code_of_other_years_is_told_its_years() -> None:
    assert cls.unknown("exp_func", "2010308", 2024) == (
        "支出功能分类 2010308 信访事务 是 2021 至 2023 年的科目，2024 年没有"
    )
