"""`fisc docs use-cases`: what people may do, as docs/use-cases.md holds it; or one use case in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from fisc.cli import output
from fisc.cli.docs_files import SECTIONS, bank_files, sheet, sheets
from fisc.cli.exit_codes import help_text

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.documents.use_case import UseCase


def register(app: typer.Typer) -> None:
    """Add the command to `fisc docs`."""
    app.command("use-cases", epilog=help_text())(use_cases_command)


def use_cases_command(
    code: Annotated[
        str, typer.Argument(help="用例代码，如 treasury.apply，缺省列出全部 / a use case", metavar="CODE")
    ] = "",
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """全部用例：命令、接口、岗位与各栏（Markdown）；给 CODE 时详列一项 / every use case, or one in full."""
    from fisc.documents.described import described
    from fisc.use_cases import use_case, use_cases

    if code:
        told = described(use_case(code))
        output.emit(told, as_json, lambda console: _show(console, told))
    elif as_json:
        output.emit([described(one) for one in use_cases().values()], True, "")
    else:
        print("\n".join(catalogue(use_cases().values())))


def catalogue(cases: Iterable[UseCase]) -> Iterator[str]:
    """The lines of the catalogue, in Markdown."""
    from fisc.cli.main import commands

    yield "# 用例目录 / use cases"
    yield ""
    yield "由 `fisc docs use-cases` 写出。每个用例是一条命令（`fisc 组 动词`）、一个接口（`/api/组/动词`）、"
    yield "一张表单和一种文件（`--file`，列名如下，方括号内可以不填；“…各行”为明细）。"
    yield _HOW
    for group, of in groupby(
        sorted(cases, key=lambda one: one.code.partition(".")[0]), lambda one: one.group
    ):
        summary = commands().get(group, ("", group))[1].partition(" / ")[0]
        yield f"\n## {group}：{summary}\n"
        yield "| 命令 | 名称 | 岗位 | 填写 |"
        yield "|---|---|---|---|"
        yield from map(_row, of)
    yield from bank_files()
    yield from sheets()


def _row(case: UseCase) -> str:
    from fisc.registry.officers import duty_names

    duty = duty_names().get(case.duty_code, case.duty_code) or "（查询）"
    return f"| `{case.verb}` | {case.title} | {duty} | {_filled(case)} |"


def _filled(case: UseCase) -> str:
    from fisc.documents.described import described

    told = described(case)
    return "、".join(
        [_name(f) for f in (*told["fields"], *told["options"])]
        + [f"{p['heading']}各行：{'、'.join(map(_name, p['fields']))}" for p in told["parts"]]
    )


def _name(field: dict[str, Any]) -> str:
    return str(field["heading"]) if field["is_required"] else f"[{field['heading']}]"


def _show(console: Console, told: dict[str, Any]) -> None:
    console.print(f"{told['title']}（{told['code']}）岗位：{told['duty_name'] or '查询，不限岗位'}")
    address = f"/api/{told['code'].replace('.', '/')}"
    how = "GET" if told["is_reading"] else "POST"
    console.print(f"命令：{told['command']}；接口：{how} {address}", markup=False)
    rows = _told_once(_fields(told["fields"]) + _part_told(told["parts"]) + [
        row for part in told["parts"] for row in _fields(part["fields"], part["heading"])
    ] + _fields(told["options"]))  # fmt: skip
    heads = ["要素名!", "中文名", "明细", "形式", "必填", "默认", "可填"]
    if not told["parts"]:
        heads.remove("明细")
        rows = [(*row[:2], *row[3:]) for row in rows]
    console.print(output.table(heads, rows))
    if told["sheet"]:
        console.print("\n".join(sheet(told)), markup=False)
    console.print(_HOW, markup=False)
    if told["code"] in SECTIONS:
        console.print("\n".join(SECTIONS[told["code"]]()), markup=False)


def _told_once(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows in which a long list of values that an earlier row has is named by what that row is called."""
    first: dict[str, str] = {}
    found = []
    for name, heading, of, *how, values in rows:
        here = f"{of}{heading}"
        before = first.setdefault(values, here) if _BETWEEN in values else here
        found.append((name, heading, of, *how, values if before == here else f"同“{before}”"))
    return found


#: How the columns of a file are written.
_HOW: Final = (
    "文件（--file）的列名写中文名或要素名都可；金额在中文列名下以元计（或照列名所写的单位），"
    "在以 _fen 结尾的要素名下同 JSON、接口一样以分计，命令行以元计；\n"
    "比例在中文列名下和命令行写百分数（12.5 或 12.5%），"
    "在以 _bp 结尾的要素名下同 JSON、接口一样以万分之一计。\n"
    "单据可只写文件上的号（括号写法、全角半角不论）；所见单据里不止一份时，再写明财政区划、预算年度，或写全单据号。"
)


def _fields(fields: Sequence[dict[str, Any]], of: str = "") -> list[tuple[str, ...]]:
    return [
        (_called(f), f["heading"], of, FORMS.get(f["form"], f["form"]), "是" if f["is_required"] else "",
         _default(f), _fillable(f))
        for f in fields
    ]  # fmt: skip


def _called(field: dict[str, Any]) -> str:
    """The name of an element; that of its column too, where a file must tell it from another."""
    name, column = str(field["name"]), str(field["column"])
    return name if name == column else f"{name}（列名 {column}）"


#: Values stand one on each line, so that no code is broken.
_BETWEEN: Final = "\n"


def _fillable(field: dict[str, Any]) -> str:
    """What may be filled in: the few values by code and name, else where they stand."""
    told = [f"{code} {name}".strip() for code, name in (_values(field) or field["listed"]).items()]
    return _BETWEEN.join(told) or str(field["listed_in"])


#: How people call the forms of `fisc.sheets.Column`.
FORMS: Final = {
    "text": "文字", "code": "代码", "codes": "多个代码", "amount_fen": "金额", "integer": "整数",
    "decimal": "数",
    "percent": "百分数", "rate_bp": "百分数", "date": "日期", "year": "年度", "truth": "是否",
    "mark": "是否", "file": "文件",
}  # fmt: skip


def _values(field: dict[str, Any]) -> dict[str, str]:
    return dict(zip_longest(field["choices"], field["choice_names"], fillvalue=""))


def _default(field: dict[str, Any]) -> str:
    given = field["default"]
    if isinstance(given, bool):
        return "是" if given else ""
    if isinstance(given, list):
        return "、".join(_values(field).get(one) or str(one) for one in given)
    return "" if given in (None, "") else _values(field).get(given) or str(given)


def _part_told(parts: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The column of files that tells lists of lines apart, where there are several."""
    from fisc.documents.inputs import PART
    from fisc.documents.words import heading_of

    if len(parts) < 2:
        return []
    known = "、".join(f"{part['name']} {part['heading']}" for part in parts)
    return [(PART, f"{heading_of(PART)}（仅在 --file 的表中）", "", FORMS["code"], "", "", known)]
