"""`fisc follow`: a yuan from above down to the payee, and a payment back up to where its money came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli.moments import AsOf
from fisc.cli.output import JsonFlag, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree

    from fisc.follow import Node, Step

_LABELS = {
    "state_name": "状态", "payee_name": "收款人", "payee_acct_no": "收款账号", "purpose": "用途",
    "agency_code": "单位", "pro_code": "项目", "exp_func_code": "功能分类", "doc_no": "文号",
    "sup_bgt_doc_no": "上级文号", "operation_name": "业务", "title": "标题", "given_by": "下达方",
    "received_by": "接收方",
}  # fmt: skip


#: Branches shown at a level to people, unless they ask for more.
_SHOWN = 10


def register(parent: typer.Typer) -> None:
    """Add `follow` to the `fisc` command."""
    parent.command("follow")(follow)


def follow(
    source: Annotated[
        str, typer.Option("--source", help="上级文号或下达文号：由上往下 / a document, downwards")
    ] = "",
    payment: Annotated[
        str, typer.Option("--payment", help="支付申请号或凭证号：由下往上 / a payment, upwards")
    ] = "",
    most: Annotated[
        int | None,
        typer.Option("--most", min=1, help="每层最多列几项，缺省 10；JSON 缺省全部 / branches per level"),
    ] = None,
    as_of: AsOf = "",
    as_json: JsonFlag = False,
) -> None:
    """追踪资金：由上级文号到收款人，或由一笔支付回到上级文号 / follow money down or up.

    0 找到，3 没有这个文号或支付；JSON 不给 --most 时列出全部
    / 0 found, 3 no such document or payment; JSON without --most has all.
    """
    if bool(source) == bool(payment):
        raise typer.BadParameter("--source 与 --payment 请给出其中一个 / one of them")
    from fisc.cli.shared import database
    from fisc.follow import follow_payment, follow_source

    with database("fisc follow", as_of) as conn:
        if source:
            tree = follow_source(conn, source, most or (None if as_json else _SHOWN))
            emit(tree, as_json, lambda console: _show_tree(console, tree))
        else:
            steps = follow_payment(conn, payment)
            emit(steps, as_json, lambda console: _show_steps(console, steps))


def _show_tree(console: Console, node: Node) -> None:
    from rich.tree import Tree

    root = Tree(_headline(node))
    _grow(root, node)
    console.print(root)


def _grow(branch: Tree, node: Node) -> None:
    for part in node.parts:
        _grow(branch.add(_headline(part)), part)


def _headline(node: Node) -> Any:
    """One line of the tree: amount, name, and what matters most at its level."""
    from rich.text import Text

    from fisc.kernel.money import format_fen

    # a line longer than the terminal folds within the tree: nothing of it is cut off
    line = Text(
        f"{format_fen(node.amount_fen)} 元  ", style="yellow" if node.kind == "rest" else "bold",
        overflow="fold", no_wrap=False,
    )  # fmt: skip
    line.append(" ".join(part for part in (node.key, node.name) if part), style="not bold")
    if note := _note(node):
        line.append(f"  （{note}）", style="dim not bold")
    return line


def _note(node: Node) -> str:
    from fisc.kernel.money import format_fen

    facts: dict[str, Any] = node.facts
    if node.kind == "source":
        registered = f"{facts.get('received_on', '')} 由 {facts.get('registered_by', '')} 登记"
        paid = f"到账 {format_fen(facts.get('cash_fen', 0))} 元{_back(facts)}"
        return f"{facts.get('given_by', '')}下达，{registered}，{paid}"
    if node.kind == "region":
        return "；".join(map(_by, facts["by"]))
    if node.kind == "rest":
        return "，".join(f"{name} {format_fen(fen)}" for name, fen in facts.get("stages", {}).items())
    names = {"quota": ("doc_no",), "payment": ("paid_on",)}.get(node.kind, ())
    return "，".join(str(facts[name]) for name in names if facts.get(name))


def _by(document: dict[str, Any]) -> str:
    """A document by which a region received money, in words."""
    from fisc.kernel.money import format_fen

    issued, paid = format_fen(document["amount_fen"]), format_fen(document["cash_fen"])
    told = f"{document['doc_no']} {document['effective_on']} {issued} 元，已拨 {paid} 元"
    return f"{told}{_back(document)}"


def _back(facts: dict[str, Any]) -> str:
    """What of a document's money went back to who gave it, in words; '' where nothing did."""
    from fisc.kernel.money import format_fen

    fen = facts.get("given_back_fen", 0)
    return f"，交回上级 {format_fen(fen)} 元" if fen else ""


def _show_steps(console: Console, steps: list[Step]) -> None:
    from fisc.kernel.money import format_fen

    for number, step in enumerate(steps, start=1):
        day = f"  {step.on}" if step.on else ""
        console.print(
            f"{number}. {step.name} {step.key}  {format_fen(step.amount_fen)} 元{day}",
            style="bold",
            markup=False,
        )
        shown = [f"{name} {step.facts[key]}" for key, name in _LABELS.items() if step.facts.get(key)]
        if shown:
            console.print("   " + "；".join(shown), markup=False)
        for entry in step.entries:
            console.print(
                f"   凭证 {entry.entry_id}  {entry.business_date}  {entry.natural_key}  [{entry.rule_code}]",
                style="dim",
                markup=False,
            )
