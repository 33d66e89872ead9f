"""What others publish: entered with its paper, compared over years, ranked among leagues and cities."""

from collections.abc import Iterator

from fisc.figures.algebra import Difference, Figure, Of, Rank, Statistic, Unit
from fisc.figures.catalogue.books import growth

_LAW = "《中华人民共和国统计法》；按来源文件登记，经他人核对"

#: item, name, unit, what is published
_ITEMS = (
    ("gdp", "地区生产总值", Unit.FEN, "统计部门公布的地区生产总值"),
    ("grain", "粮食产量", Unit.COUNT, "统计部门公布的全年粮食产量，单位斤"),
    ("livestock", "牲畜存栏", Unit.COUNT, "统计或农牧部门公布的牲畜存栏数，单位头（只）"),
    ("income_urban", "城镇常住居民人均可支配收入", Unit.FEN, "统计部门公布的城镇常住居民人均可支配收入"),
    (
        "income_rural",
        "农村牧区常住居民人均可支配收入",
        Unit.FEN,
        "统计部门公布的农村牧区常住居民人均可支配收入",
    ),
    (
        "income_rural_province",
        "全区农村牧区常住居民人均可支配收入",
        Unit.FEN,
        "统计部门公布的自治区农村牧区常住居民人均可支配收入，登记在本地区名下，供比较",
    ),
    ("income_lifted", "脱贫人口人均纯收入", Unit.FEN, "乡村振兴部门监测的脱贫人口（含监测对象）人均纯收入"),
    ("jobs", "城镇新增就业", Unit.COUNT, "人社部门公布的城镇新增就业人数，单位人"),
    ("general_revenue", "一般公共预算收入（公布数）", Unit.FEN, "各盟市公布的一般公共预算收入，供全区排位"),
)


def _statistics() -> Iterator[Figure]:
    for item, name, unit, said in _ITEMS:
        key = f"stat.{item}"
        yield Figure(key, name, said, _LAW, Statistic(item), unit)
        yield Figure(
            f"{key}.delta", f"{name}增量", f"{name}比上年的增加量", _LAW,
            Difference(Of(key), Of(key, -1)), unit,
        )  # fmt: skip
        yield growth(key, name, _LAW)


def _ranks() -> Iterator[Figure]:
    """Places among the leagues and cities of the region: a claim of first place reads all three."""
    for suffix, said in (("", "总量"), (".delta", "增量"), (".yoy", "增速")):
        yield Figure(
            f"stat.general_revenue{suffix}.rank",
            f"一般公共预算收入{said}在全区的位次",
            f"一般公共预算收入{said}在全区各盟市中从大到小的位次；任一盟市缺数时不排位",
            _LAW,
            Rank(Of(f"stat.general_revenue{suffix}"), "peers"),
            Unit.COUNT,
        )


STATISTICS = tuple(_statistics())
RANKS = tuple(_ranks())
