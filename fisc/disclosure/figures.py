"""What published books alone bring: government debt (政府债务) and the social insurance funds (社保基金)."""

from collections.abc import Iterator
from dataclasses import replace

from fisc.reading.algebra import (
    CREDIT,
    DEBIT,
    Accounts,
    By,
    Figure,
    Flow,
    Formula,
    Growth,
    Of,
    Rank,
    Selection,
    Share,
    Span,
    Stock,
    Total,
    Unit,
)
from fisc.reading.books import (
    BUDGET_LAW,
    FUND_FUNDS,
    GENERAL_FUNDS,
    INSURANCE,
    quota_sources,
    quota_spending,
    treasury,
)
from fisc.reading.budget_lines import Line, difference_planned, growth, line_figures

_LAW = "《中华人民共和国预算法》第三十五条；《预算法实施条例》第四十三条至第四十七条"
#: suffix of the id, name, class in the debt register, funds in the treasury books
_KINDS = (
    ("", "政府债务", "", ()),
    (".general", "政府一般债务", "一般", GENERAL_FUNDS),
    (".special", "政府专项债务", "专项", FUND_FUNDS),
)
#: Sources in the register: debt as it is has none, planned debt is 年初预算.
_ACTUAL, _BUDGET = "", "1"
_BY_TYPE, _BY_MOVE = By("debt_type_code"), By("debt_move_code")


def _register(side: int, code: str, debt_type: str, move: str = "", *, source: str = _ACTUAL) -> Selection:
    """Register postings of one source, of one type of debt ('' all), of moves that begin so ('' all)."""
    by = _BY_MOVE if move else _BY_TYPE
    found = Selection((Accounts("debt_register", (code,)),), side, (), by).where("source_type_code", source)
    found = found.where("debt_type_code", debt_type) if debt_type else found
    return found.where("debt_move_code", move) if move else found


def _treasury(until: str, since: str, side: int, funds: tuple[str, ...]) -> Selection:
    found = treasury((until,), (since,), side, By("fund_type_code"))
    return found.where("fund_type_code", *funds) if funds else found


def _register_figures(suffix: str, name: str, debt_type: str) -> tuple[Figure, ...]:
    limit, balance = f"debt.limit{suffix}", f"debt.balance{suffix}"
    return (
        _figure(limit, f"{name}限额", f"上级批准的当年末{name}余额限额",
                Stock(_register(DEBIT, "D100", debt_type))),
        _figure(balance, f"{name}余额", f"年末{name}余额：年初余额加举借减偿还和化解",
                Stock(_register(CREDIT, "D200", debt_type))),
        _figure(f"debt.issued{suffix}", f"{name}举借额", f"当年举借（市县为转贷）{name}：新增、再融资、外债",
                Flow(_register(CREDIT, "D200", debt_type, "issued"))),
        _figure(f"debt.issued_new{suffix}", f"新增{name}举借额", f"当年举借的新增{name}（市县为上级转贷）",
                Flow(_register(CREDIT, "D200", debt_type, "issued_new"))),
        _figure(f"debt.repaid{suffix}", f"{name}还本额", f"当年偿还的{name}本金",
                Flow(_register(DEBIT, "D200", debt_type, "repaid"))),
        _figure(f"debt.other_changes{suffix}", f"存量{name}调整额", f"举借、还本以外的存量{name}变动，增为正",
                Flow(_register(CREDIT, "D200", debt_type, "adjusted"))),
        _figure(f"{balance}.yoy", f"{name}余额增长率", f"（年末{name}余额 − 上年末余额）÷ 上年末余额",
                Growth(Of(balance)), Unit.RATIO),
        _figure(f"{limit}.yoy", f"{name}限额增长率", f"（年末{name}限额 − 上年末限额）÷ 上年末限额",
                Growth(Of(limit)), Unit.RATIO),
        _figure(f"debt.usage{suffix}", f"{name}限额使用率", f"{name}余额 ÷ {name}限额",
                Share(Of(balance), Of(limit)), Unit.RATIO),
    )  # fmt: skip


def _plan_figures(suffix: str, name: str, debt_type: str) -> Iterator[Figure]:
    """What the first budget plans of a class of debt, and its growth over what was a year before."""
    for key, what, definition, planned in (
        ("limit", "限额", f"预算列示的当年末{name}余额限额",
         _register(DEBIT, "D100", debt_type, source=_BUDGET)),
        ("balance", "余额", f"预算列示的年末{name}余额：年初余额加举借减偿还和化解",
         _register(CREDIT, "D200", debt_type, source=_BUDGET)),
        ("issued", "举借额", f"预算安排的当年举借{name}额（市县为上级转贷）",
         _register(CREDIT, "D200", debt_type, "issued", source=_BUDGET)),
        ("repaid", "还本额", f"预算安排的当年偿还{name}本金",
         _register(DEBIT, "D200", debt_type, "repaid", source=_BUDGET)),
        ("other_changes", "存量调整额", f"预算列示的当年举借和还本以外的存量{name}变动，增加为正",
         _register(CREDIT, "D200", debt_type, "adjusted", source=_BUDGET)),
    ):  # fmt: skip
        actual = f"debt.{key}{suffix}"
        yield _figure(f"{actual}.budget", f"{name}{what}年初预算", definition, Flow(planned, Span.FIRST))
        yield _figure(f"{actual}.budget.growth", f"{name}{what}预算比上年执行数增长率",
                      "（本年年初预算 − 上年执行数）÷ 上年执行数",
                      Growth(Of(f"{actual}.budget"), Of(actual, -1)), Unit.RATIO)  # fmt: skip


_BONDS = "上级转贷本地区并已到账的债券资金（转贷收入）；市级再转贷县级的不重复计入"


def _budget_figures(suffix: str, name: str, funds: tuple[str, ...]) -> tuple[Figure, ...]:
    return (
        _figure(f"debt.income{suffix}", f"{name}收入", f"预算中列收的{name}（转贷）收入",
                Flow(replace(_treasury("404", "604", CREDIT, funds), reach="city"))),
        _figure(f"debt.bonds_received{suffix}", f"争取到位{name}债券资金", _BONDS,
                Flow(replace(_treasury("4042", "6042", CREDIT, funds), reach="city"))),
        _figure(f"debt.bonds_received{suffix}.yoy", f"争取到位{name}债券资金增长率",
                "（本期 − 上年同期）÷ 上年同期；上年同期为零时不计算",
                Growth(Of(f"debt.bonds_received{suffix}")), Unit.RATIO),
        _figure(f"debt.onlent{suffix}", f"{name}转贷支出", f"转贷给下级的{name}",
                Flow(_treasury("5042", "7042", DEBIT, funds))),
        _figure(f"debt.principal_paid{suffix}", f"{name}还本支出", f"预算中列支的{name}还本支出",
                Flow(_treasury("5041", "7041", DEBIT, funds))),
    )  # fmt: skip


def _figure(key: str, name: str, definition: str, formula: Formula, unit: Unit = Unit.FEN) -> Figure:
    return Figure(key, name, definition, _LAW, formula, unit)


_INSURANCE_LAW = f"{BUDGET_LAW}第十一条；财会〔2017〕28号"
_BY_SCHEME = By("scheme_code")


def _posted(side: int, *codes: str) -> Selection:
    return Selection((Accounts("social_insurance", codes),), side, (), _BY_SCHEME)


_INCOME = Line(
    "insurance.income",
    "社会保险基金收入",
    "各项社会保险基金当年收入：保险费、财政补贴、利息和其他收入",
    _posted(CREDIT, "4"),
    quota_sources(_BY_SCHEME, "9101").where("fund_type_code", INSURANCE),
    law=_INSURANCE_LAW,
)
_OUTLAY = Line(
    "insurance.outlay",
    "社会保险基金支出",
    "各项社会保险基金当年支出：待遇支出和其他支出",
    _posted(DEBIT, "5"),
    quota_spending(_BY_SCHEME).where("fund_type_code", INSURANCE),
    law=_INSURANCE_LAW,
)


def _planned_balance() -> Iterator[Figure]:
    """Both sides of the planned balance: income with what was left, outlay with what will be left."""
    left = Selection((Accounts("quota", ("9200",)),), CREDIT, (), _BY_SCHEME).where(
        "fund_type_code", INSURANCE
    )
    for key, name, said, planned in (
        ("insurance.opening", "社会保险基金上年滚存结余", "上年执行数的年末滚存结余",
         Total((Of("insurance.accumulated", -1),))),
        ("insurance.accumulated", "社会保险基金年末滚存结余", "年初预算的来源没有安排支出的部分",
         Flow(left, Span.FIRST)),
    ):  # fmt: skip
        yield Figure(f"{key}.budget", f"{name}年初预算", said, _INSURANCE_LAW, planned)
    for side, name, parts in (
        ("income", "收入总计", ("insurance.income.budget", "insurance.opening.budget")),
        ("outlay", "支出总计", ("insurance.outlay.budget", "insurance.accumulated.budget")),
    ):
        total = f"balance.insurance.{side}"
        said = f"社会保险基金{name}"
        yield Figure(
            f"{total}.budget", f"{said}年初预算", f"年初预算安排的{said}", _INSURANCE_LAW,
            Total(tuple(map(Of, parts))),
        )  # fmt: skip
        yield Figure(
            f"{total}.budget.growth", f"社会保险基金{name}预算比上年执行数增长率",
            "（本年年初预算 − 上年执行数）÷ 上年执行数", _INSURANCE_LAW,
            Growth(Of(f"{total}.budget"), Of(total, -1)), Unit.RATIO,
        )  # fmt: skip
    yield difference_planned("insurance", "社会保险基金", _INSURANCE_LAW)


_INSURANCE: tuple[Figure, ...] = (
    *line_figures(_INCOME, _OUTLAY),
    Figure(
        "insurance.premium",
        "社会保险费收入",
        "社会保险基金收入中的保险费收入",
        _INSURANCE_LAW,
        Flow(_posted(CREDIT, "4001")),
    ),
    growth("insurance.premium", "社会保险费收入", _INSURANCE_LAW),
    Figure(
        "insurance.subsidy",
        "社会保险基金财政补贴收入",
        "社会保险基金收入中的财政补贴收入",
        _INSURANCE_LAW,
        Flow(_posted(CREDIT, "4002")),
    ),
    growth("insurance.subsidy", "社会保险基金财政补贴收入", _INSURANCE_LAW),
    Figure(
        "insurance.balance",
        "社会保险基金本年收支结余",
        "社会保险基金当年收入减当年支出",
        _INSURANCE_LAW,
        Flow(_posted(CREDIT, "4", "5")),
    ),
    Figure(
        "insurance.accumulated",
        "社会保险基金年末滚存结余",
        "上年滚存结余加当年收入减当年支出",
        _INSURANCE_LAW,
        Stock(_posted(CREDIT, "3001", "4", "5")),
    ),
    growth("insurance.accumulated", "社会保险基金年末滚存结余", _INSURANCE_LAW),
    Figure(
        "insurance.opening",
        "社会保险基金上年滚存结余",
        "社会保险基金由上年转入的滚存结余",
        _INSURANCE_LAW,
        Flow(_posted(CREDIT, "3001"), Span.OPENING),
    ),
    Figure(
        "balance.insurance.income",
        "社会保险基金收入总计",
        "社会保险基金当年收入加上年滚存结余",
        _INSURANCE_LAW,
        Total((Of("insurance.income"), Of("insurance.opening"))),
    ),
    Figure(
        "balance.insurance.outlay",
        "社会保险基金支出总计",
        "社会保险基金当年支出加年末滚存结余",
        _INSURANCE_LAW,
        Total((Of("insurance.outlay"), Of("insurance.accumulated"))),
    ),
    *_planned_balance(),
)

_BY_NAME = By("table_part_code")
#: id, name, account of the register, law
_LISTS = (
    ("transfers.items", "一般公共预算对下转移支付分项目", "L110", f"{BUDGET_LAW}第十六条"),
    ("transfers.items.fund", "政府性基金对下转移支付分项目", "L120", f"{BUDGET_LAW}第十六条"),
    ("reserve.items", "预备费安排分项目", "L130", f"{BUDGET_LAW}第四十条、第六十四条"),
    ("projects.key", "重点项目", "L140", f"{BUDGET_LAW}第十四条"),
)


def _list_figures(key: str, name: str, code: str, law: str) -> Iterator[Figure]:
    """What the table of a book lists by name: as it was, and as the first budget plans it."""
    found = Selection((Accounts("list_register", (code,)),), DEBIT, (), _BY_NAME)
    yield Figure(key, f"{name}执行数", f"公开预算文本列示的{name}执行数，一行一项", law,
                 Flow(found.where("source_type_code", _ACTUAL)))  # fmt: skip
    yield Figure(f"{key}.budget", f"{name}年初预算", f"公开预算文本列示的{name}预算数，一行一项", law,
                 Flow(found.where("source_type_code", _BUDGET), Span.FIRST))  # fmt: skip


FIGURES: tuple[Figure, ...] = (
    *(f for row in _LISTS for f in _list_figures(*row)),
    *(f for suffix, name, debt_type, _ in _KINDS for f in _register_figures(suffix, name, debt_type)),
    *(f for suffix, name, debt_type, _ in _KINDS for f in _plan_figures(suffix, name, debt_type)),
    *(f for suffix, name, _, funds in _KINDS for f in _budget_figures(suffix, name, funds)),
    Figure(
        "debt.balance.rank",
        "政府债务余额位次",
        "本县级政府的债务余额在所属市的县级中由大到小的位次",
        _LAW,
        Rank(Of("debt.balance")),
        Unit.COUNT,
    ),
    *_INSURANCE,
)
