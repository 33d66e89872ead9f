"""Files that are no table of a use case: messages and text files of banks, sheets of payments and of pay.

Part of `fisc docs use-cases`: written from the very tables that the readers read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

_RECORDS: Final = {"header": "首行（一行，合计）", "line": "明细（一笔一行）"}
_DIRECTIONS: Final = {"order": "发往银行的支付指令", "answer": "银行的回单"}
_TYPES: Final = {
    "mark": "首行 H、明细 D", "text": "文字", "key": "编号", "yuan": "元，两位小数", "day": "年月日 8 位",
    "number": "整数", "status": "0 已支付、1 已退回、2 办理中",
}  # fmt: skip


def bank_files() -> Iterator[str]:
    """The messages that banks and this program exchange, and the layouts of text files, in Markdown."""
    from fisc.banking.services.answer_words import MESSAGES
    from fisc.banking.services.business import codes_told
    from fisc.sheets.shipped import read_shipped

    yield "\n## 银行报文与文本文件\n"
    yield "`banking receive` 收 ISO 20022 报文（XML），或以 `--layout` 指明版式的文本文件；"
    yield "`banking make-order` 写出发往银行的。对账前须先登记国库单一账户与各零余额账户"
    yield "（`banking register-accounts`），并收到各账户当日的对账单。\n"
    yield "| 报文 | 用途 |"
    yield "|---|---|"
    yield from (f"| `{kind}` | {name} |" for kind, name in MESSAGES.items() if "." in kind)
    yield "\n对账单、入账通知的明细：`EndToEndId` 写我方的号，支付、退票（RETN）与退款（RFND）"
    yield "都写原支付的支付凭证号（不写退款单号），清算划款写划款凭证号；"
    yield f"业务种类（`BkTxCd/Prtry/Cd`）写 {codes_told()}。"
    yield "没有写业务种类的按号认；国库单一账户的明细两者都认不出的，整份对账单不收。"
    layouts = read_shipped("fisc.banking", "layouts.csv", "bankfile")
    rows = read_shipped("fisc.banking", "fields.csv", "bankfile")
    for layout in layouts:
        own = [row for row in rows if row["layout"] == layout["layout"]]
        yield from _layout(layout, own)


def _layout(layout: Mapping[str, str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    sign = (
        f"以 `{layout['separator']}` 分隔"
        if layout["separator"]
        else "各栏定长，按字节计，数字左补 0、文字右补空格"
    )
    yield f"\n### 版式 `{layout['layout']}`（{layout['name']}）：{layout['encoding'].upper()} 编码，{sign}\n"
    yield "| 文件 | 记录 | 各栏，依次 |"
    yield "|---|---|---|"
    for (direction, record), fields in groupby(rows, lambda row: (row["direction"], row["record"])):
        told = "、".join(_field(one) for one in fields)
        yield f"| {_DIRECTIONS[direction]} | {_RECORDS[record]} | {told} |"


def _field(row: Mapping[str, str]) -> str:
    said = [_TYPES[row["type"]]] if row["type"] != "text" else []
    said += [f"{row['width']} 字节"] if row["width"] else []
    name = row["name"].removesuffix("（元）")
    return f"{name}（{'，'.join(said)}）" if said else name


def sheets() -> Iterator[str]:
    """The columns of sheets of payments and of pay, by their usual headings and the others, in Markdown."""
    from fisc.documents.described import described
    from fisc.use_cases import use_case

    yield "\n## 支付与工资的表格\n"
    yield "`treasury import`（支付明细）与 `treasury payroll`（工资表）各收一张 .xlsx 或 .csv，"
    yield "列名写下列任何一个都可。"
    for code in _SHEETS:
        yield from sheet(described(use_case(code)))


#: Use case -> what the table is called that it takes.
_SHEETS: Final = {"treasury.import": "支付明细", "treasury.payroll": "工资表"}


def sheet(told: Mapping[str, Any]) -> Iterator[str]:
    """The columns of the table that a described use case takes in a form of its own, in Markdown."""
    yield f"\n### {_SHEETS.get(told['code'], told['title'])}\n"
    yield "| 列名 | 必有 | 也可写作 |"
    yield "|---|---|---|"
    for column in told["sheet"]:
        also = "、".join(dict.fromkeys((*column["also"], column["name"])))
        yield f"| {column['heading']} | {'是' if column['is_required'] else ''} | {also} |"


#: Use case -> what more is told of the messages that it takes or writes.
SECTIONS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "banking.receive": bank_files, "banking.make-order": bank_files, "banking.make-roster-order": bank_files,
}  # fmt: skip
