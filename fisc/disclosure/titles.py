"""What a title and a header say: the kind of table, its scope, year and stage.

Tables are known by these words alone. The name of a sheet, its order and its place in the
workbook play no part.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from fisc.disclosure.model import BALANCE, DEBT, INCOME, OUTLAY
from fisc.sheets import text as texts

#: How the rows of a kind hang together.
TREE, LIST, ECONOMIC, INSURANCE, DEBT_STOCK, DEBT_USES, BY_REGION = (
    "tree", "list", "economic", "insurance", "debt_stock", "debt_uses", "by_region",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of published table: id, the words of its title, fund, side, layout, Chinese name.

    What a detail says of money is said elsewhere; of those that are listed each row is kept by its name.
    """

    id: str
    words: str
    fund: str
    side: str
    layout: str
    name: str
    is_detail: bool = False
    is_listed: bool = False


#: Narrow titles first: 'transfer items of the general budget' also says 'general budget outlay'.
KINDS: tuple[Kind, ...] = (
    Kind("general.reserve", r"预备费安排", "111", OUTLAY, LIST, "预备费安排", True, True),
    Kind(
        "general.transfer_matrix",
        r"分地区.*(?:税收返还|转移支付)",
        "111",
        OUTLAY,
        BY_REGION,
        "分地区转移支付",
    ),
    Kind(
        "general.transfer_items",
        r"一般公共预算.*对下转移支付",
        "111",
        OUTLAY,
        LIST,
        "对下转移支付项目",
        True,
        True,
    ),
    Kind(
        "general.economic",
        r"一般公共预算.*(?:经济分类|基本支出)",
        "111",
        OUTLAY,
        ECONOMIC,
        "政府经济分类",
        True,
    ),
    Kind("general.projects", r"重点项目", "111", OUTLAY, LIST, "重点项目", True, True),
    Kind("general.balance", r"一般公共预算收支", "111", "", TREE, "一般公共预算收支"),
    Kind("general.income", r"一般公共预算收入", "111", INCOME, TREE, "一般公共预算收入"),
    Kind("general.outlay", r"一般公共预算(?:本级)?支出", "111", OUTLAY, TREE, "一般公共预算支出"),
    Kind(
        "fund.transfer_items",
        r"政府性基金.*对下转移支付",
        "121",
        OUTLAY,
        LIST,
        "基金对下转移支付",
        True,
        True,
    ),
    Kind("fund.balance", r"政府性基金(?:预算)?收支", "121", "", TREE, "政府性基金收支"),
    Kind("fund.income", r"政府性基金(?:预算)?收入", "121", INCOME, TREE, "政府性基金收入"),
    Kind("fund.outlay", r"政府性基金(?:预算)?支出", "121", OUTLAY, TREE, "政府性基金支出"),
    Kind("capital.outlay_items", r"国有资本经营.*支出明细", "13", OUTLAY, LIST, "国有资本经营支出明细", True),
    Kind("capital.balance", r"国有资本经营(?:预算)?收支", "13", "", TREE, "国有资本经营收支"),
    Kind("capital.income", r"国有资本经营(?:预算)?收入", "13", INCOME, TREE, "国有资本经营收入"),
    Kind("capital.outlay", r"国有资本经营(?:预算)?支出", "13", OUTLAY, TREE, "国有资本经营支出"),
    Kind("insurance.income", r"社会保险基金(?:预算)?收入", "14", INCOME, INSURANCE, "社会保险基金收入"),
    Kind("insurance.outlay", r"社会保险基金(?:预算)?支出", "14", OUTLAY, INSURANCE, "社会保险基金支出"),
    Kind("insurance.balance", r"社会保险基金(?:预算)?结余", "14", BALANCE, INSURANCE, "社会保险基金结余"),
    Kind("debt.limits_by_region", r"债务限额分地区", "", DEBT, BY_REGION, "分地区债务限额"),
    Kind("debt.limit_balance", r"债务限额和余额", "", DEBT, DEBT_STOCK, "债务限额和余额"),
    Kind("debt.uses", r"债务投向", "", DEBT, DEBT_USES, "债务投向", True),
)
KIND_BY_ID = {kind.id: kind for kind in KINDS}

#: First header of the columns that name a row.
NAME_HEADERS = frozenset(
    ["项目", "科目", "科目名称", "预算科目", "项目名称", "地区", "县(区)", "县区", "区县", "旗区",
     "经济科目名称", "险种", "收入项目", "支出项目"]
)  # fmt: skip
NUMBER_HEADERS = frozenset(["序号"])
CODE_HEADERS = frozenset(
    [
        "科目编码",
        "编码",
        "科目代码",
        "功能科目编码",
        "功能分类科目编码",
        "支出功能分类科目编码",
        "科目编码(类款项)",
    ]
)
#: Heads of the columns over which a code may be divided.
LEVEL_HEADERS = frozenset(["类", "款", "项", "目"])

_YEAR = re.compile(r"(20\d\d)年")
_TITLE = re.compile(r"^(?=.*20\d\d年).*表(?:\([^()]*\))?$")
_NUMBER = re.compile(r"^(?:附)?表([一二三四五六七八九十百]+|\d+(?:[-－—.]\d+)*)$")
#: The number of a table where it stands before its title: 表一：, 附表1-2、.
_PREFIX = re.compile(r"^(?:附)?(表(?:[一二三四五六七八九十百]+|\d+(?:[-－—.]\d+)*))[:、.\s]+(?=\S)")
#: 二〇二六年, with any of the signs that people write for the nought.
_WRITTEN_YEAR = re.compile(
    r"二([〇○Оο零Oo0])([一二三四五六七八九〇○零Oo0])([一二三四五六七八九〇○零Oo0])(?=年)"
)
_WRITTEN_DIGITS = {sign: str(digit) for digit, sign in enumerate("〇一二三四五六七八九")} | dict.fromkeys(
    "○Оο零Oo0", "0"
)
_INDEX = re.compile(r"^(?:附)?(表(?:[一二三四五六七八九十百]+|\d+))[、\s.:]*(20\d\d年.*|.*20\d\d年.*)$")
#: 单位：万元, and no office whose name has 元 or 分 in it (编制单位：元宝山区财政局).
_STATED_UNIT = re.compile(
    r"(?:(?<![编制填报预算主管审核])单位[:：]|^(?:金额|货币|计量)?单位)(?:人民币)?([\u4e00-\u9fff]{0,4}元|分)"
)
#: A unit alone in brackets, as a heading or a title has it: （亿元）, （单位：万元）.
_BRACKETED_UNIT = re.compile(r"(?:(?:金额)?单位:?)?(?:人民币)?([十百千万亿]*元|分)")
_REGION = re.compile(r"([\u4e00-\u9fff]{2,7}?(?:市|州|盟|地区|县|区|旗))")


@lru_cache(maxsize=8192)
def tight(text: str) -> str:
    """Text without any white space, full-width signs made plain, a year in digits."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return _WRITTEN_YEAR.sub(
        lambda year: "2" + "".join(_WRITTEN_DIGITS[sign] for sign in year.groups()), plain
    )


def kind_of(title: str) -> Kind | None:
    """The kind of table a title names, or None."""
    words = tight(title)
    return next((kind for kind in KINDS if re.search(kind.words, words)), None)


def is_title(text: str) -> bool:
    """Whether a text has the form of a table title: a year, and 表 at its end."""
    return len(text) < 120 and _TITLE.match(tight(text)) is not None


def year_of(text: str) -> int:
    """The last year a text names, or 0."""
    years = _YEAR.findall(tight(text))
    return int(years[-1]) if years else 0


def number_of(text: str) -> str:
    """'表一' when a text is a table number, or a title that begins with one; else ''."""
    match = _NUMBER.match(tight(text))
    prefix = _PREFIX.match(tight(text))
    return f"表{match[1]}" if match else prefix[1] if prefix else ""


def index_entry(text: str) -> tuple[str, str] | None:
    """(number, title) when a text is a line of a contents page."""
    match = _INDEX.match(re.sub(r"[.．…·]{2,}.*$", "", tight(text)))
    return (match[1], match[2]) if match else None


def unit_of(text: str) -> str:
    """The unit a text declares (单位：万元), or ''."""
    return next(iter(sorted(units_in(text))), "")


def units_in(text: str) -> set[str]:
    """Every unit that a text states: after 单位 where it begins with that or goes on with a colon, or alone
    in brackets. Prose that says 单位 and, later, 元 states none."""
    plain = tight(text)
    bracketed = (_BRACKETED_UNIT.fullmatch(said) for said in texts.in_brackets(plain))
    return set(_STATED_UNIT.findall(plain)) | {found[1] for found in bracketed if found}


def years_in(text: str) -> list[int]:
    """The years that a text names, each once, in its order."""
    return list(dict.fromkeys(int(year) for year in _YEAR.findall(tight(text))))


def start_of(title: str) -> str:
    """A title as it goes on where it names a region, without its number and the years."""
    return re.sub(r"20\d\d年度?", "", _PREFIX.sub("", tight(title)))


def region_in(title: str) -> str:
    """What a title begins with that has the form of a region's name (2025年丽江市…, 丽江市2025年…), or ''."""
    match = _REGION.match(start_of(title))
    return match[1] if match and not match[1].startswith(("全", "本", "市", "州", "县", "区", "旗")) else ""
