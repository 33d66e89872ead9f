"""`fisc treasury roster | roster-order | roster-repair | bank-answer`: a batch goes out person by person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fisc.cli import output
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.options import On, Unit
from fisc.cli.shared import database, day_of
from fisc.cli.signing import As, acting

if TYPE_CHECKING:
    from fisc.banking.services import MessageResult

Batch = Annotated[str, typer.Argument(help="批次，即支付申请编号 / the payment's number", metavar="BATCH")]
Layout = Annotated[
    str, typer.Option(help="银行文件格式 pipe、fixed；缺省为 ISO 20022 报文 / a flat file's layout")
]


def register(app: typer.Typer) -> None:
    """Add these commands to those of the treasury."""
    app.command("roster", epilog=help_text())(roster_command)
    app.command("roster-order", epilog=help_text())(order_command)
    app.command("roster-repair", epilog=help_text())(repair_command)
    app.command("bank-answer", epilog=help_text())(answer_command)


def roster_command(
    batch: Batch,
    *,
    state: Annotated[
        str, typer.Option(help="只列 waiting、sent、paid 或 returned / only lines of a state")
    ] = "",
    unit: Unit = "元",
    as_json: output.JsonFlag = False,
) -> None:
    """名册：一批发放逐人的状态；已发放 + 已退回 + 待发放 = 合计 / what became of each person of a batch.

    有退回的即以 1 退出 / exit 1 where some came back.
    """
    from fisc.cli import treasury_view as view
    from fisc.documents import NotFound
    from fisc.rosters import services as rosters

    if state and state not in rosters.STATES:
        raise typer.BadParameter(f"没有状态 {state}；可用 {'、'.join(rosters.STATES)}")
    with database("fisc treasury") as conn:
        found = rosters.sums(conn, [batch]).get(batch)
        lines = rosters.lines_of(conn, [batch], [state] if state else ())
    if found is None:
        raise NotFound(f"没有批次 {batch} 的名册", rule="先有名册、后逐人发放", hint="请核对支付申请编号")
    output.emit(
        {"batch_no": batch, "sums": found, "lines": lines}, as_json,
        lambda console: view.show_roster(console, batch, found, lines, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if found.returned_fen else ExitCode.OK)


def order_command(
    batch: Batch,
    out: Annotated[Path, typer.Argument(help="报文写到这里 / where the order goes", metavar="FILE")],
    *,
    as_: As = "",
    on: On = None,
    layout: Layout = "",
    as_json: output.JsonFlag = False,
) -> None:
    """代发报文：一批中待发放的逐人列给银行 / tell the bank which persons what waits in a batch goes to."""
    from fisc.banking import services as banking

    with database("fisc treasury") as conn, conn.transaction():
        message_id, data = banking.roster_file(
            conn, batch, by=acting(conn, as_).code, on=day_of(on), layout=layout
        )
        out.write_bytes(data)  # an order that could not be written was not sent
    output.emit({"message_id": message_id, "out": out}, as_json, f"报文 {message_id} 写在 {out}")


def repair_command(
    batch: Batch,
    *,
    line: Annotated[
        list[str], typer.Option(help="退回的行键，见 roster --json / key of a line that came back")
    ],
    acct: Annotated[list[str], typer.Option(help="改发的账号，与 --line 逐个对应 / the account instead")],
    as_: As = "",
    on: On = None,
    as_json: output.JsonFlag = False,
) -> None:
    """退回的逐人更正收款账号，重新待发放 / give lines that came back another account to go to."""
    from fisc.rosters import services as rosters

    if len(line) != len(acct):
        raise typer.BadParameter("--line 与 --acct 须逐个对应 / one account for each line")
    repairs = [rosters.Repair(*pair) for pair in zip(line, acct, strict=True)]
    with database("fisc treasury") as conn:
        done = rosters.repair(conn, batch, repairs, by=acting(conn, as_).code, on=day_of(on))
    words = f"更正 {sum(done)} 行，重新待发放；请再用 roster-order 发送。"
    output.emit({"changed": sum(done)}, as_json, words)


def answer_command(
    file: Annotated[Path, typer.Argument(help="银行发来的报文 / a message of the bank", metavar="FILE")],
    *,
    as_: As = "",
    on: On = None,
    layout: Layout = "",
    as_json: output.JsonFlag = False,
) -> None:
    """收取银行报文：回单、对账单、到账通知；不符的列为疑点 / take in an answer, a statement, a notice.

    实拨资金由国库支付后另行清算 / what the treasury paid itself is cleared by treasury clear-allocated.
    """
    from fisc.banking import services as banking

    with database("fisc treasury") as conn:
        took = banking.receive(
            conn, file.read_bytes(), by=acting(conn, as_).code, on=day_of(on), layout=layout
        )
    output.emit(took, as_json, _words(took))
    raise typer.Exit(ExitCode.FAULTS if took.findings else ExitCode.OK)


def _words(took: MessageResult) -> str:
    if not took.is_new:
        return f"报文 {took.message_id} 此前已收，未再处理。"
    counts = (("支付", took.paid), ("退票", took.returned), ("逐人已发放", took.persons_paid),
              ("逐人退回", took.persons_returned), ("疑点", took.findings))  # fmt: skip
    said = "，".join(f"{name} {len(found)}" for name, found in counts if found)
    found = "".join(f"\n  {finding}" for finding in took.findings)
    return f"报文 {took.message_id}（{took.kind}）{took.line_count} 笔：{said or '已收'}{found}"
