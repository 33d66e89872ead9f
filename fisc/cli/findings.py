"""`fisc findings`: what checks found, in one list, and what became of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from fisc.cli import output, use_cases
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf
from fisc.cli.options import Government, On, SomeGovernment, SomeYear, Year
from fisc.cli.shared import database, day_of
from fisc.registry import regions
from fisc.registry.papers import paper_words

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.documents.findings import Recorded
    from fisc.kernel.findings import Finding, Place

app = typer.Typer(
    help="疑点：查、说明、确认、整改、销号 / findings, from being found to being closed",
    no_args_is_help=True,
    epilog=help_text(),
)

_State = Annotated[
    str,
    typer.Option(
        help="open 未了（默认）、all 全部，或 explained、confirmed、rectified、closed / a state, or all"
    ),
]
#: Findings listed for people; --json has all.
SHOWN = 50


def register(root: typer.Typer) -> None:
    """Add `findings` to the program's commands."""
    use_cases.add(app, "findings")
    root.add_typer(app, name="findings")


@app.command("list", epilog=help_text())
def list_command(
    *,
    region: SomeGovernment = "",
    year: SomeYear = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="规则的名称或代码，可重复 / rule, may be repeated")
    ] = None,
    document: Annotated[str, typer.Option(help="单据号 / number of the document")] = "",
    state: _State = "open",
    as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:
    """已登记的疑点；有未了的即以 1 退出 / findings that are kept; exit 1 where some are open."""
    from fisc.documents import findings

    if state not in (*findings.FINDING.states, "all"):
        known = ("all", *findings.FINDING.states)
        raise typer.BadParameter(
            f"没有状态 {state}；可用 {'、'.join(known)} / the states are {', '.join(known)}"
        )
    states = {"all": (), "open": findings.OPEN}.get(state, (state,))
    with database("fisc findings", as_of, region=region, year=year) as conn:
        found = findings.recorded(
            conn, regions=[region] if region else (), year=year or 0, rules=rule or (),
            states=states, documents=[document] if document else (),
        )  # fmt: skip
    output.emit([_as_dict(one) for one in found], as_json, lambda console: _list(console, found))
    raise typer.Exit(ExitCode.FAULTS if any(f.state in findings.OPEN for f in found) else ExitCode.OK)


@app.command("show", epilog=help_text())
def show_command(
    key: Annotated[str, typer.Argument(help="疑点编号 / key", metavar="KEY")],
    *,
    as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:
    """一条疑点：规则、单据、金额、证据、办理过程 / one finding with its evidence and its steps."""
    from fisc.documents import NotFound, findings

    with database("fisc findings", as_of) as conn:
        keys = findings.by_number(conn, key)
        found = findings.recorded(conn, keys=keys, states=()) if keys else []
    if not found:
        raise NotFound(f"没有疑点 {key}", rule="疑点以编号为准", hint="请用 fisc findings list 查编号")
    if len(found) > 1:
        raise NotFound(
            f"编号 {key} 的疑点有 {len(found)} 项", rule="短编号只有一项时才可用",
            hint=f"请写全：{'、'.join(one.key for one in found)}",
        )  # fmt: skip
    output.emit(_as_dict(found[0]), as_json, lambda console: _detail(console, found[0]))


@app.command("look", epilog=help_text())
def look_command(
    *,
    region: Government,
    year: Year,
    on: On = None,
    as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:
    """按各领域的规则检查一个区划的一年，登记新疑点 / run every check on a region's year, keep what is new.

    未了而这次没有再发现的也列出，核实后办理整改 / open ones that were not found again are named too.

    按当时所知检查（--as-of）的只列出，不登记；没有留下历史、不能检查的规则逐条说明
    / with --as-of they are listed and not kept; rules without a history are named.
    """
    from fisc.documents import findings
    from fisc.kernel.findings import Place
    from fisc.settings import INSTALLED_APPS

    place = Place(region, year, day_of(on))
    if as_of:
        _look_back(place, as_of, as_json)
    with database("fisc findings", region=region, year=year) as conn:
        looked = findings.look(conn, place, findings.checks_of(INSTALLED_APPS))
        new = findings.recorded(conn, keys=looked.new) if looked.new else []
    said = {
        "found": len(looked.found), "new": [_as_dict(one) for one in new],
        "gone": [_as_dict(one) for one in looked.gone],
    }  # fmt: skip
    output.emit(said, as_json, lambda console: _say(console, len(looked.found), new, looked.gone))
    raise typer.Exit(ExitCode.FAULTS if looked.found else ExitCode.OK)


def _look_back(place: Place, as_of: str, as_json: bool) -> NoReturn:
    """What the checks would have found as of a moment; nothing is kept."""
    from fisc.documents import findings
    from fisc.settings import INSTALLED_APPS

    with database("fisc findings", as_of, region=place.mof_div_code, year=place.fiscal_year) as conn:
        found, unmade = findings.seen(conn, place, findings.checks_of(INSTALLED_APPS))
    output.emit({"found": found, "unmade": unmade}, as_json, lambda console: _seen(console, found, unmade))
    raise typer.Exit(ExitCode.FAULTS if found else ExitCode.OK)


def _seen(console: Console, found: list[Finding], unmade: dict[str, str]) -> None:
    from fisc.kernel.money import format_fen

    console.print(f"发现 {len(found)} 项，没有登记")
    rows = [
        (one.name, one.what, one.document, format_fen(one.amount_fen) if one.amount_fen else "")
        for one in found[:SHOWN]
    ]
    if rows:
        console.print(output.table(("规则!", "疑点", "单据!", "金额（元）>"), rows))
    for rule, why in unmade.items():
        console.print(f"没有检查“{rule}”：{why}", style="yellow", markup=False)


def _as_dict(one: Recorded) -> dict[str, Any]:
    from dataclasses import asdict

    said = asdict(one.finding)
    return {
        "key": one.key, "state": one.state, "found_on": one.found_on, "struck_off": one.struck_off, **said,
        "trail": one.trail,
    }  # fmt: skip


def _say(console: Console, count: int, new: list[Recorded], gone: list[Recorded]) -> None:
    console.print(f"发现 {count} 项，其中新登记 {len(new)} 项；未了而不再发现的 {len(gone)} 项")
    _show(console, new)
    if gone:
        console.print("以下未了疑点这次没有再发现，核实后可办理整改（fisc findings rectify）：")
        _show(console, gone)


def _list(console: Console, found: list[Recorded]) -> None:
    if found:
        _show(console, found)
    else:
        console.print("没有符合条件的疑点。")


def _show(console: Console, found: list[Recorded]) -> None:
    from collections import Counter

    from fisc.documents.findings import FINDING
    from fisc.kernel.money import format_fen

    shown = found[:SHOWN]
    heads = ["编号!", "状态", "发现日!", "区划!", "疑点", "单据!", "金额（元）>"]
    rows: list[list[object]] = [
        [FINDING.short(one.key), FINDING.states[one.state], one.found_on,
         regions.words(one.finding.mof_div_code), one.finding.what,
         one.finding.document, format_fen(one.finding.amount_fen) if one.finding.amount_fen else ""]
        for one in shown
    ]  # fmt: skip
    if any(one.struck_off for one in shown):
        heads.append("销号")
        rows = [[*row, one.struck_off] for row, one in zip(rows, shown, strict=True)]
    if len(found) > SHOWN:
        kinds = Counter((one.finding.name, FINDING.states[one.state]) for one in found)
        console.print(output.table(("规则", "状态", "项数>"), [(*k, n) for k, n in kinds.most_common()]))
    if rows:
        console.print(output.table(heads, rows))
    if len(found) > SHOWN:
        console.print(f"另有 {len(found) - SHOWN:,} 项；按规则、状态等选项缩小范围，或加 --json 列出全部。")


#: What evidence is, by the kind that its reference begins with.
_EVIDENCE: Final = {
    "bank": "银行流水", "message": "报文", "document": "单据", "payment": "支付申请", "coding": "要素组合",
}  # fmt: skip


def evidence_words(reference: str) -> str:
    """A reference to what shows a finding, with what it is in words."""
    kind, found, key = reference.partition(":")
    return f"{_EVIDENCE[kind]} {key}" if found and kind in _EVIDENCE else reference


#: The kinds of fault, for machines, after the place in a file where they are.
_CODES: Final = re.compile(r"(?<=\S)(?: [a-z]+(?:_[a-z]+)*)+$")


def _amounts(finding: Finding) -> str:
    """The money that a finding concerns, of both sides where two differ; '' where it concerns none."""
    from fisc.kernel.money import format_fen

    if finding.against_fen is not None:
        return f"{format_fen(finding.amount_fen or 0)} 元，对方 {format_fen(finding.against_fen)} 元"
    return f"{format_fen(finding.amount_fen)} 元" if finding.amount_fen else ""


def _detail(console: Console, one: Recorded) -> None:
    from fisc.documents.findings import FINDING
    from fisc.registry.books import in_words
    from fisc.registry.officers import SYSTEM

    finding, names = one.finding, {move.code: move.name for move in FINDING.flow.moves}
    told = {
        "编号": FINDING.short(one.key), "规则": finding.name, "疑点": finding.what,
        "依据": paper_words(finding.source),
        "区划年度": f"{regions.words(finding.mof_div_code)} {finding.fiscal_year} 年",
        "单据": finding.document, "对象": in_words(_CODES.sub("", finding.about)),
        "金额": _amounts(finding),
        "证据": "、".join(map(evidence_words, finding.evidence)),
        "怎么办": finding.hint, "状态": FINDING.states[one.state], "销号": one.struck_off,
    }  # fmt: skip
    console.print(output.facts({name: words for name, words in told.items() if words}))
    steps = [
        (names.get(step, "发现"), SYSTEM.name if officer == SYSTEM.code else officer, day, note)
        for step, _, officer, day, note in one.trail
    ]
    console.print(output.table(("步骤", "经办人", "日期", "说明"), steps))
