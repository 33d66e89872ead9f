"""What a title and a header say: the kind of table, its scope, year and stage.

Tables are known by these words alone. The name of a sheet, its order and its place in the
workbook play no part.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from fisc.disclosure.model import (
    ADJUSTED,
    BALANCE,
    BUDGET,
    CHANGE,
    DEBT,
    EXECUTION,
    FINAL,
    INCOME,
    OUTLAY,
)

#: How the rows of a kind hang together.
TREE, LIST, ECONOMIC, INSURANCE, DEBT_STOCK, DEBT_USES, BY_REGION = (
    "tree", "list", "economic", "insurance", "debt_stock", "debt_uses", "by_region",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of published table: id, the words of its title, fund, side, layout, Chinese name."""

    id: str
    words: str
    fund: str
    side: str
    layout: str
    name: str
    is_detail: bool = False


#: Narrow titles first: 'transfer items of the general budget' also says 'general budget outlay'.
KINDS: tuple[Kind, ...] = (
    Kind("general.reserve", r"预备费安排", "111", OUTLAY, LIST, "预备费安排", True),
    Kind(
        "general.transfer_matrix",
        r"分地区.*(?:税收返还|转移支付)",
        "111",
        OUTLAY,
        BY_REGION,
        "分地区转移支付",
    ),
    Kind(
        "general.transfer_items", r"一般公共预算.*对下转移支付", "111", OUTLAY, LIST, "对下转移支付项目", True
    ),
    Kind("general.economic", r"一般公共预算.*经济分类", "111", OUTLAY, ECONOMIC, "政府经济分类", True),
    Kind("general.projects", r"重点项目", "111", OUTLAY, LIST, "重点项目", True),
    Kind("general.balance", r"一般公共预算收支", "111", "", TREE, "一般公共预算收支"),
    Kind("general.income", r"一般公共预算收入", "111", INCOME, TREE, "一般公共预算收入"),
    Kind("general.outlay", r"一般公共预算(?:本级)?支出", "111", OUTLAY, TREE, "一般公共预算支出"),
    Kind("fund.transfer_items", r"政府性基金.*对下转移支付", "121", OUTLAY, LIST, "基金对下转移支付", True),
    Kind("fund.income", r"政府性基金(?:预算)?收入", "121", INCOME, TREE, "政府性基金收入"),
    Kind("fund.outlay", r"政府性基金(?:预算)?支出", "121", OUTLAY, TREE, "政府性基金支出"),
    Kind("capital.outlay_items", r"国有资本经营.*支出明细", "13", OUTLAY, LIST, "国有资本经营支出明细", True),
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
CODE_HEADERS = frozenset(["科目编码", "编码", "科目代码", "功能科目编码"])

_YEAR = re.compile(r"(20\d\d)年")
_TITLE = re.compile(r"^(?=.*20\d\d年).*表(?:\([^()]*\))?$")
_NUMBER = re.compile(r"^(?:附)?表([一二三四五六七八九十百]+|\d+(?:[-－—.]\d+)*)$")
_INDEX = re.compile(r"^(?:附)?(表(?:[一二三四五六七八九十百]+|\d+))[、\s.:]*(20\d\d年.*|.*20\d\d年.*)$")
#: 单位：万元, and no office whose name has 元 or 分 in it (编制单位：元宝山区财政局).
_UNIT = re.compile(r"(?<![编制填报预算主管审核])单位[:：]?(?:人民币)?([\u4e00-\u9fff]*元|分)")
_REGION = re.compile(r"([\u4e00-\u9fff]{2,7}?(?:市|州|盟|地区|县|区|旗))")
_STAGES = (
    ("调整预算", ADJUSTED),
    ("预算数", BUDGET),
    ("执行数", EXECUTION),
    ("决算数", FINAL),
    ("预算", BUDGET),
)
_RATIO = re.compile(r"%|％|比上|比20|比较$|增长|完成|为预算|为调整|占比|增幅")
_NOT_AMOUNT = re.compile(r"依据|绩效|目标|说明|备注|主管|单位$|打印|类-款-项|性质")


@lru_cache(maxsize=8192)
def tight(text: str) -> str:
    """Text without any white space, full-width signs made plain."""
    return "".join(unicodedata.normalize("NFKC", text).split())


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
    """'表一' when a text is a table number, else ''."""
    match = _NUMBER.match(tight(text))
    return f"表{match[1]}" if match else ""


def index_entry(text: str) -> tuple[str, str] | None:
    """(number, title) when a text is a line of a contents page."""
    match = _INDEX.match(re.sub(r"[.．…·]{2,}.*$", "", tight(text)))
    return (match[1], match[2]) if match else None


def unit_of(text: str) -> str:
    """The unit a text declares (单位：万元), or ''."""
    match = _UNIT.search(tight(text))
    return match[1] if match else ""


def start_of(title: str) -> str:
    """A title as it goes on where it names a region, without the years."""
    return re.sub(r"20\d\d年", "", tight(title))


def region_in(title: str) -> str:
    """What a title begins with that has the form of a region's name (2025年丽江市…, 丽江市2025年…), or ''."""
    match = _REGION.match(start_of(title))
    return match[1] if match and not match[1].startswith(("全", "本", "市", "州", "县", "区", "旗")) else ""


def is_own_level(text: str) -> bool:
    """Whether a text speaks of the government itself (市本级), not of the whole area."""
    return "本级" in tight(text)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column's headers say. `stage` '' and `is_amount` False: not an amount at all."""

    is_amount: bool
    fiscal_year: int = 0
    stage: str = ""
    measure: str = ""


NOT_AMOUNT = Meaning(False)
UNKNOWN: Meaning | None = None

_LIMITS = (
    (r"新增.*限额", "new"), (r"收回.*限额", "withdrawn"), (r"调整限额|限额调整|调整.*限额", "adjusted"),
    (r"债务限额", "limit"),
)  # fmt: skip


def column_meaning(header: str, kind: Kind, title_year: int) -> Meaning | None:
    """What the joined headers of a column mean in a kind of table; None when they say nothing known."""
    words = tight(header)
    if kind.id == "debt.limits_by_region":
        return _limit_meaning(words)
    if re.search(r"增减变化|增减额", words):
        return Meaning(True, year_of(words), CHANGE)
    if _RATIO.search(words) or _NOT_AMOUNT.search(words):
        return NOT_AMOUNT
    stage = next((stage for text, stage in _STAGES if text in words), "")
    if stage:
        return Meaning(True, year_of(words) or title_year, stage)
    return _plain_meaning(words, kind, title_year)


def _plain_meaning(words: str, kind: Kind, title_year: int) -> Meaning | None:
    if kind.id == "general.transfer_matrix":
        for text, measure in (("合计", "total"), ("税收返还", "return"), ("转移支付", "transfer")):
            if words == text:
                return Meaning(True, title_year, BUDGET, measure)
    if kind.layout == LIST and words in ("金额", "合计金额"):
        return Meaning(True, title_year, EXECUTION if kind.id == "general.reserve" else BUDGET)
    return UNKNOWN


def _limit_meaning(words: str) -> Meaning | None:
    classes = {"合计": "合计", "一般债务": "一般", "专项债务": "专项"}
    debt_class = next((short for text, short in classes.items() if words.endswith(text)), "")
    item = next((item for pattern, item in _LIMITS if re.search(pattern, words)), "")
    if not debt_class or not item or not year_of(words):
        return UNKNOWN
    return Meaning(True, year_of(words), FINAL, f"{debt_class}:{item}")
