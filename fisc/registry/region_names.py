"""How divisions are called in print beside their names: whole areas, own levels, short forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fisc.registry.tables import RegionRow

#: Peoples whose names stand in those of autonomous counties and prefectures (GB/T 3304).
_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|"
    "柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|"
    "塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_ALONE: Final = "蒙古|哈萨克|柯尔克孜|塔吉克|锡伯|鄂伦春"
_AUTONOMOUS: Final = re.compile(rf"^(.*?)((?:(?:{_PEOPLES})族|{_ALONE})+)自治([州县旗])$")
#: What a division is, as its name ends; the longer ones first.
_KINDS: Final = ("自治区", "行政区", "自治州", "地区", "省", "市", "盟")
_WORDS: Final = {"自治区": "区", "行政区": "区", "自治州": "州"}


def kind_word(name: str) -> str:
    """What a province or city is called in 全…、…本级: 市, 省, 州, 盟, 地区, 区; '' for other names."""
    kind = next((kind for kind in _KINDS if name.endswith(kind)), "")
    return _WORDS.get(kind, kind)


#: How counties are called together: 旗县区, 县（市、区）; by the ends of their names, in this order.
_COUNTIES: Final[Sequence[str]] = ("旗", "县", "市", "区")


def counties_word(names: Iterable[str]) -> str:
    """What counties of these names are called together; 县级 where none of them ends as a county's does."""
    ends = {name[-1:] for name in names}
    first, *others = [kind for kind in _COUNTIES if kind in ends] or ["县级"]
    if not others or first == "旗":
        return "".join([first, *others])
    return f"{first}（{'、'.join(others)}）"


def whole_word(name: str) -> str:
    """The whole area of a government in print: 全市, 全州, 全盟, 全县; 全辖 of another."""
    return f"全{_kind_of(name) or '辖'}"


def _kind_of(name: str) -> str:
    """What a government's place is called in print: 市, 盟; 县, 旗, 区 of a county; '' of another."""
    return kind_word(name) or (name[-1:] if name.endswith(tuple(_COUNTIES)) else "")


def own_word(name: str) -> str:
    """The own level of a government in print: 市本级, 州本级, 县本级; 本级 of another."""
    return f"{_kind_of(name)}本级"


def short_name(name: str) -> str:
    """Without the names of peoples, as budgets print it: 玉龙纳西族自治县 is 玉龙县. Other names stay."""
    found = _AUTONOMOUS.match(name)
    if found is None:
        return name
    place, peoples, kind = found.groups()
    return (place or peoples.removesuffix("族")) + kind


def whole_name(name: str) -> str:
    """The name of the whole area of a province or city: 丽江市（全市）."""
    return f"{name}（全{kind_word(name) or '辖区'}）"


def names_of_own(row: RegionRow) -> Iterator[str]:
    """Every name of a government itself; 市本级 names one only within its area."""
    yield from {row.name, short_name(row.name)}
    if row.level in ("province", "city") and (kind := kind_word(row.name)):
        yield from (f"{row.name}本级", f"{kind}本级")


def names_of_whole(row: RegionRow) -> Iterator[str]:
    """Every name of the whole area of a province's or city's own row."""
    yield whole_name(row.name)
    if kind := kind_word(row.name):
        yield from (f"{row.name}全{kind}", f"全{kind}")
