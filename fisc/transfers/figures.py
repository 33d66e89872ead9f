"""Transfers (转移支付): received from above, sent to counties, uploaded; and what was told early."""

from dataclasses import replace

from fisc.reading.algebra import CREDIT, DEBIT, Accounts, By, Figure, Flow, Of, Selection, Share, Span, Unit
from fisc.reading.books import BUDGET_LAW, FUND, GENERAL, QUOTA_LAW, quota_sources, quota_transfers, treasury
from fisc.reading.budget_lines import Line, growth, line_figures
from fisc.transfers.twins import SHARED_TAILS

_KINDS = (("returns", "返还性", "1"), ("general", "一般性转移支付", "2"), ("special", "专项转移支付", "3"))
_BY_SOURCE, _BY_USE = By("rev_func_code", 5), By("tp_func_code", 5)
_LAW = f"{BUDGET_LAW}第十六条、第五十二条"
_TO_COUNTIES = ("23001", "23002", "23003")

_RECEIVED = Line(
    "transfers.received",
    "上级补助收入",
    "上级下达的一般公共预算返还性收入、一般性和专项转移支付收入；县级由市级得到的不重复计入全辖",
    replace(
        treasury(("4011",), ("6011",), CREDIT, _BY_SOURCE).where("fund_type_code", GENERAL), reach="city"
    ),
    replace(
        quota_sources(_BY_SOURCE, "9102")
        .where("fund_type_code", GENERAL)
        .where("rev_func_code", "11001", "11002", "11003"),
        reach="city",
    ),
    law=_LAW,
)

_SENT = Line(
    "transfers.to_banners",
    "对下补助支出",
    "市级下达县级的一般公共预算返还性支出、一般性和专项转移支付支出",
    replace(
        treasury(("5011",), ("7011",), DEBIT, _BY_USE).where("fund_type_code", GENERAL), reach="receiver"
    ),
    replace(
        quota_transfers(_BY_USE).where("fund_type_code", GENERAL).where("tp_func_code", *_TO_COUNTIES),
        reach="receiver",
    ),
    law=_LAW,
)

_UPLOADED = Line(
    "transfers.uploaded",
    "上解支出",
    "按体制和专项上解上级的支出（支出功能分类 23006）",
    replace(treasury(("5012",), ("7012",), DEBIT, _BY_USE).where("fund_type_code", GENERAL), reach="city"),
    replace(
        quota_transfers(_BY_USE).where("fund_type_code", GENERAL).where("tp_func_code", "23006"),
        reach="city",
    ),
    law=_LAW,
)

_UPLOADS_RECEIVED = Line(
    "transfers.uploads_received",
    "下级上解收入",
    "县级上解市级的收入（收入分类 11006）",
    treasury(("4012",), ("6012",), CREDIT, _BY_SOURCE).where("fund_type_code", GENERAL),
    quota_sources(_BY_SOURCE, "9102").where("fund_type_code", GENERAL).where("rev_func_code", "11006"),
    law=_LAW,
)

_FUND_RECEIVED = Line(
    "transfers.received.fund",
    "政府性基金上级补助收入",
    "上级下达的政府性基金转移支付收入",
    replace(
        treasury(("4011",), ("6011",), CREDIT, By("rev_func_code", 5)).where("fund_type_code", FUND),
        reach="city",
    ),
    replace(
        quota_sources(By("rev_func_code", 5), "9102")
        .where("fund_type_code", FUND)
        .where("rev_func_code", "11004"),
        reach="city",
    ),
)
_FUND_SENT = Line(
    "transfers.to_banners.fund",
    "政府性基金对下补助支出",
    "市级下达县级的政府性基金转移支付支出",
    treasury(("5011",), ("7011",), DEBIT, By("tp_func_code", 5)).where("fund_type_code", FUND),
    quota_transfers(By("tp_func_code", 5)).where("fund_type_code", FUND).where("tp_func_code", "23004"),
)


def _parts(line: Line, element: str, head: str, tail: str) -> tuple[Line, ...]:
    return tuple(
        line.narrowed(
            f"{line.id}.{key}",
            f"{name}{tail}",
            f"{line.name}中的{name}{tail}（{head}{digit}）",
            element,
            f"{head}{digit}",
        )
        for key, name, digit in _KINDS
    )


def _payments(line: Line, element: str, head: str, tail: str) -> Line:
    """What of a line is 转移支付 (预算法第十六条): general with shared mandates, and special; no returns."""
    return line.narrowed(
        f"{line.id}.payments",
        f"{line.name.split('补助')[0]}转移支付{tail}",
        f"{line.name}中的一般性（含共同财政事权）和专项转移支付{tail}（{head}2、{head}3），不含税收返还",
        element,
        f"{head}2",
        f"{head}3",
    )


def _shared(line: Line) -> Line:
    """What of general transfers is for mandates that governments share."""
    return line.narrowed(
        f"{line.id}.shared",
        "共同财政事权转移支付支出",
        f"{line.name}中的一般性转移支付支出里的共同财政事权转移支付（2300241—2300269）",
        "tp_func_code",
        *(f"23002{tail}" for tail in SHARED_TAILS),
    )


#: What was issued to counties, red where it was taken back.
_ISSUED = replace(
    Selection((Accounts("quota", ("9305",)),), CREDIT, (), _BY_USE)
    .where("fund_type_code", GENERAL)
    .where("tp_func_code", *_TO_COUNTIES),
    reach="receiver",
)
_EARLY = replace(quota_sources(By("mof_div_code"), "9102").where("is_advance", "1"), reach="members")

FIGURES: tuple[Figure, ...] = (
    *line_figures(
        _RECEIVED,
        *_parts(_RECEIVED, "rev_func_code", "1100", "收入"),
        _payments(_RECEIVED, "rev_func_code", "1100", "收入"),
    ),
    *line_figures(
        _SENT,
        *_parts(_SENT, "tp_func_code", "2300", "支出"),
        _payments(_SENT, "tp_func_code", "2300", "支出"),
        _shared(_SENT),
    ),
    *line_figures(_UPLOADED, _UPLOADS_RECEIVED, _FUND_RECEIVED, _FUND_SENT),
    Figure(
        "transfers.to_banners.issued",
        "下达县级转移支付指标",
        "市级当年下达县级的一般公共预算补助指标（不论是否已拨款）",
        f"{_LAW}；{QUOTA_LAW}",
        Flow(_ISSUED, Span.YEAR),
    ),
    growth("transfers.to_banners.issued", "下达县级转移支付指标", _LAW),
    Figure(
        "transfers.early_notice",
        "提前下达县级转移支付",
        "提前下达县级的下一年度税收返还和转移支付预计数",
        f"《预算法实施条例》第四十八条；{QUOTA_LAW}",
        Flow(_EARLY, Span.PLAN),
    ),
    growth("transfers.early_notice", "提前下达县级转移支付", _LAW),
    Figure(
        "transfers.passed_on",
        "上级补助下达县级比重",
        "对下补助支出 ÷ 市级上级补助收入",
        _LAW,
        Share(Of("transfers.to_banners"), Of("transfers.received")),
        Unit.RATIO,
    ),
)
