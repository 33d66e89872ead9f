"""Divisions and fund types."""

from __future__ import annotations

import pytest

from fisc.registry import funds, regions


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
    assert regions.by_name("市本级") is None
    assert regions.by_name("市本级", within="150600998") == regions.lookup("150600")


def test_recalled_codes_say_so() -> None:
    lijiang, ordos = regions.lookup("530700"), regions.lookup("150600")
    assert lijiang is not None and ordos is not None
    assert (lijiang.is_verified, ordos.is_verified) == (False, True)


def test_the_four_budgets_are_fund_types() -> None:
    assert all(funds.lookup(code) for code in funds.BUDGETS)
    assert funds.lookup("99") is None
