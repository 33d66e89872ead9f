"""Divisions and fund types."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from fisc.registry import funds, regions
from fisc.registry.errors import UnknownRegion
from fisc.registry.tables import region_rows


def test_codes_with_their_suffixes() -> None:
    assert regions.full_code("530700") == "530700000"
    assert regions.whole_area("530700") == "530700998"
    assert regions.own("530700998") == "530700000"
    with pytest.raises(ValueError, match="5307"):
        regions.full_code("5307")


def test_counties_of_the_two_cities() -> None:
    assert [row.name for row in regions.children("530700")] == [
        "古城区",
        "玉龙县",
        "永胜县",
        "华坪县",
        "宁蒗县",
    ]
    assert len(regions.children("150600")) == 9


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("古城区", "530702000"),
        ("玉龙纳西族自治县", "530721000"),
        ("全市", "530700998"),
        ("市本级", "530700000"),
    ],
)
def test_names_within_a_city(name: str, code: str) -> None:
    row = regions.by_name(name, within="530700")
    assert row is not None and row.mof_div_code == code


def test_a_name_that_two_cities_share_needs_its_city() -> None:
    assert regions.by_name("市本级") is None and regions.by_name("鼓楼区") is None
    assert regions.by_name("市本级", within="150600998") == regions.lookup("150600")


@pytest.mark.parametrize(
    ("name", "within", "code"),
    [
        ("双江县", "", "530925000"),
        ("双江拉祜族佤族布朗族傣族自治县", "", "530925000"),
        ("红河州", "", "532500000"),
        ("州本级", "532500", "532500000"),
        ("全州", "532500", "532500998"),
        ("全盟", "152200", "152200998"),
        ("全市", "110101", "110000998"),
        ("鼓楼区", "320100", "320106000"),
    ],
)
def test_names_in_print(name: str, within: str, code: str) -> None:
    row = regions.by_name(name, within=within)
    assert row is not None and row.mof_div_code == code


def test_the_shipped_list_is_well_formed() -> None:
    rows = {row.mof_div_code: row for row in region_rows()}
    assert len(rows) == len(region_rows()) and list(rows) == sorted(rows)
    below = {"city": ("province",), "county": ("city", "province")}
    for code, row in rows.items():
        assert re.fullmatch(r"\d{6}000", code) and row.name and row.source
        if row.level == "province":
            assert code.endswith("0000000") and not row.parent
        else:
            assert rows[row.parent].level in below[row.level]
            assert code.startswith(row.parent[:2])
    assert Counter(row.level for row in rows.values()) == {"province": 34, "city": 333, "county": 2846}


@pytest.mark.parametrize(
    ("province", "cities", "counties"),
    [("11", 0, 16), ("15", 12, 103), ("31", 0, 16), ("32", 13, 95), ("46", 4, 25), ("50", 0, 38),
     ("51", 21, 183), ("53", 16, 129), ("54", 7, 74), ("65", 14, 110), ("71", 0, 0)],
)  # fmt: skip
def test_provinces_have_the_counties_of_the_standard(province: str, cities: int, counties: int) -> None:
    rows = [row for row in region_rows() if row.mof_div_code.startswith(province)]
    assert Counter(row.level for row in rows) == Counter(province=1, city=cities, county=counties)


def test_what_two_lists_say_is_verified_and_what_one_says_is_not() -> None:
    unverified = {row.mof_div_code for row in region_rows() if not row.is_verified}
    made = {row.mof_div_code for row in region_rows() if row.source.startswith("GB/T 2260 lists")}
    assert unverified & made == {"460302000", "460303000", "653228000", "653229000"}


@pytest.mark.parametrize(
    ("given", "told"),
    [("150698", "150627 伊金霍洛旗"), ("姑苏", "320508 姑苏区"), ("东升区", "东"), ("丽江", "530700 丽江市")],
)
def test_what_is_no_division_is_refused_with_near_ones(given: str, told: str) -> None:
    with pytest.raises(UnknownRegion) as refused:
        regions.require(given)
    assert told in refused.value.hint and "fisc registry define-regions" in refused.value.hint
    assert given in refused.value.message


@pytest.mark.parametrize(
    ("given", "code"),
    [("150602", "150602000"), ("东胜区", "150602000"), ("南京市鼓楼区", "320106000"),
     ("云南省丽江市玉龙县", "530721000"), ("丽江市全市", "530700998"), ("530700998", "530700998")],
)  # fmt: skip
def test_a_division_is_found_by_code_or_name(given: str, code: str) -> None:
    assert regions.find(given).mof_div_code == code


@pytest.mark.parametrize(
    ("given", "told"),
    [("鼓楼区", "320106 南京市鼓楼区"), ("朝阳区", "110105 北京市朝阳区"), ("苏州", "320500 苏州市")],
)
def test_a_name_of_several_or_none_is_refused_with_those_it_may_mean(given: str, told: str) -> None:
    with pytest.raises(UnknownRegion) as refused:
        regions.find(given)
    assert told in refused.value.hint


def test_recalled_codes_say_so() -> None:
    lijiang, ordos = regions.lookup("530700"), regions.lookup("150600")
    assert lijiang is not None and ordos is not None
    assert (lijiang.is_verified, ordos.is_verified) == (False, True)


def test_the_four_budgets_are_fund_types() -> None:
    assert all(funds.lookup(code) for code in funds.BUDGETS)
    assert funds.lookup("99") is None
