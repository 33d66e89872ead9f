"""An area is one value: what codes mean, which governments it is made of, what is refused."""

from __future__ import annotations

import pytest

from fisc.registry import areas, settings
from fisc.registry.areas import Area, area_of, governments

CITY, COUNTY = "150600000", "150602000"


@pytest.mark.parametrize(
    ("region", "kind", "meant"),
    [
        ("150600", None, Area("own", CITY)),
        ("150600", "whole", Area("whole", CITY)),
        ("150600000", "whole", Area("own", CITY)),  # nine digits say it themselves
        ("150600998", None, Area("whole", CITY)),
        ("150600998", "own", Area("whole", CITY)),
        ("150602", "whole", Area("own", COUNTY)),  # a county has only its own level
        ("110000", "whole", Area("whole", "110000000")),  # 直辖市
        ("441900", "whole", Area("whole", "441900000")),  # 直筒子市
        ("152200", "whole", Area("whole", "152200000")),  # 盟
        ("429004", "whole", Area("own", "429004000")),  # 省直辖县级
    ],
)
def test_a_code_means_one_area(region: str, kind: areas.Kind | None, meant: Area) -> None:
    assert area_of(region, kind) == meant


@pytest.mark.parametrize("region", ["", "1506", "鄂尔多斯", "15060x", "1506000000"])
def test_what_is_no_code_is_no_area(region: str) -> None:
    with pytest.raises(ValueError, match="区划代码"):
        area_of(region, "whole")


def test_an_area_is_made_of_governments() -> None:
    counties = governments(Area("members", CITY))
    assert COUNTY in counties and CITY not in counties and "150600998" not in counties
    assert governments(Area("whole", CITY)) == (CITY, *counties)
    assert governments(Area("own", CITY)) == (CITY,)
    assert governments(Area("receiver", COUNTY)) == (CITY,)  # what it receives stands in its city's books
    assert governments(Area("zone", CITY, "901")) == (CITY,)


@pytest.mark.parametrize(
    ("code", "city", "giver", "count"),
    [
        ("530724000", "530700000", "530700000", 5),
        ("222401000", "222400000", "222400000", 8),  # 自治州
        ("152201000", "152200000", "152200000", 6),  # 盟
        ("653201000", "653200000", "653200000", 10),  # 地区
        ("110101000", "110000000", "110000000", 16),  # 直辖市: no city between
        ("500229000", "500000000", "500000000", 38),
        ("441900000", "441900000", "441900000", 0),  # 直筒子市: no county below
        ("460400000", "460400000", "460400000", 0),
        ("620200000", "620200000", "620200000", 0),
        ("442000000", "442000000", "442000000", 0),
    ],
)
def test_every_kind_of_city_leads_its_area(code: str, city: str, giver: str, count: int) -> None:
    assert areas.city_of(code) == city and areas.is_city(city)
    assert len(areas.members(code)) == count
    assert governments(Area("whole", city)) == (city, *areas.members(code))
    assert Area("receiver", code).keeper == giver
    assert areas.is_kept(code) and areas.is_kept(city)


def test_a_county_right_below_a_province_belongs_to_no_city() -> None:
    assert areas.city_of("429004000") == "420000000" and not areas.is_city("420000000")
    assert Area("receiver", "429004000").keeper == "420000000"
    assert areas.is_kept("429004000") and not areas.is_kept("420000000")


def test_a_province_is_made_of_its_cities_and_all_below_them() -> None:
    found = governments(Area("whole", "530000000"))
    assert {"530000000", "530700000", "530724000"} <= set(found) and len(set(found)) == len(found)
    assert "530700000" in areas.peers("530724000") and "530724000" not in areas.peers("530700000")
    assert areas.peers("310101000") == ("310000000",)


@pytest.mark.parametrize(
    ("kind", "code", "zone"), [("own", "150600998", ""), ("zone", CITY, ""), ("own", CITY, "9")]
)
def test_an_area_that_says_two_things_is_refused(kind: areas.Kind, code: str, zone: str) -> None:
    with pytest.raises(ValueError, match=r"范围|园区"):
        Area(kind, code, zone)


def test_settings_of_a_region_go_before_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.figure_area(CITY, "transfers.to_banners.special.yoy") == "own"
    assert settings.figure_area(CITY, "revenue.general") == "whole"
    given = {(CITY, "livelihood_set", ""): "wide"}
    monkeypatch.setattr(settings, "_settings", lambda: given)
    assert [_set(code) for code in ("150600", COUNTY, "152500000", "")] == ["wide", "wide", None, None]
    given[COUNTY, "livelihood_set", ""] = "narrow_direct"
    assert [_set(code) for code in (CITY, COUNTY)] == ["wide", "narrow_direct"]


def test_no_place_counts_livelihood_by_the_set_of_another_city() -> None:
    assert _set("371000000") == "weihai_2025" and _set("530700000") is None


def _set(region: str) -> str | None:
    found = settings.livelihood_set(region)
    return found.set_id if found else None
