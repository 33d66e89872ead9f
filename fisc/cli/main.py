"""The `fisc` command: assembles the areas' commands and says errors gently.

Only the area whose command is asked for is imported, so that help and small commands
answer at once. `COMMANDS` says where each lives and what it does.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from fisc import __version__
from fisc.cli import asked, failures, language, output, usage
from fisc.cli.exit_codes import ExitCode, help_text

#: Command -> (module of fisc.cli that registers it, what it does).
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "示例：导入一市预算、核对、写出报告 / a city's budget in, a traced report out"),
    "import": ("imports", "导入公开的预算文本（.xlsx）/ import a published budget book"),
    "figures": ("figures", "指标目录与取数 / the catalogue of figures and their values"),
    "trace": ("figures", "追溯一个数字到凭证和原表单元格 / open a number down to its source cells"),
    "follow": ("follow", "追踪资金：由上级文号到收款人，或由支付回到上级文号 / follow money down or up"),
    "findings": ("findings", "疑点：查、说明、确认、整改、销号 / findings, from being found to being closed"),
    "clocks": ("clocks", "法定时限与逾期 / terms of law and what is late"),
    "direct": ("clocks", "直达资金的分配与支付进度 / progress of direct funds"),
    "login": ("officers", "登录：此后以这位人员的名义办理 / sign in"),
    "logout": ("officers", "退出登录 / sign out"),
    "whoami": ("officers", "现在以谁的名义办理 / who acts here"),
    "officers": ("officers", "人员：登记、岗位、口令 / officers, their duties and passwords"),
    "budget": (
        "use_cases",
        "预算：项目库、编制、批复、指标、调整、结转 / projects, budget, quotas, adjustments",
    ),
    "transfers": ("use_cases", "转移支付：收文、安排、下达、收回、资金往来 / transfers between governments"),
    "banking": ("use_cases", "银行往来：报文、账户、对账 / messages of banks, accounts, reconciliation"),
    "books": ("use_cases", "账簿：开账、余额、明细账、凭证 / opening books, balances, ledgers, vouchers"),
    "treasury": ("treasury", "国库：用款计划、支付、退款、清算、工资、库款 / payments, payroll, cash"),
    "revenue": ("revenue", "收入：日报、退还、减免、分成、进度、质量、预测、位次 / revenue"),
    "special": ("special", "专项资金：逐专题的预算、下达、支付、进度与使用规则 / special funds by theme"),
    "debt": ("use_cases", "债务收付：计息、代偿、缴款、扣缴 / interest due, debt service between levels"),
    "reserves": (
        "use_cases",
        "预算间调入调出、预算稳定调节基金、预算周转金 / money between budgets, reserves",
    ),
    "capital": ("capital", "国有资本：股权、注资、节息、出资人职责 / stakes, injections, interest, duties"),
    "year-end": ("year_end", "年终：结账、开账、报表、决算、上下级结算、新旧衔接 / the end of a year"),
    "serve": ("serve", "启动 HTTP 接口 / serve the HTTP API"),
    "sim": ("sim", "模拟：一市九旗区两年逐日运行 / the simulated city, day by day"),
    "report": ("report", "由总账写出报告（.docx .html .pdf）/ write reports over the ledger"),
    "verify": ("ledger", "校验总账：重算余额、发生额和封存链 / prove the ledger"),
    "seal": ("ledger", "封存新凭证（SM3 链）/ seal new entries into the hash chain"),
    "export": ("ledger", "导出日记账：beancount、hledger、parquet / hand the journal to others"),
    "docs": ("docs", "声明：单据的种类与由其声明而来的一切 / kinds of documents, what follows from each"),
    "registry": ("registry", "登记：区划、资金性质、分类、科目、记账规则 / classifications, accounts, rules"),
    "db": ("db", "数据库：启动、停止、状态、命令行 / start, stop and look at the database"),
}


#: The module that makes commands from declared use cases alone.
_GROUPS = "use_cases"
#: Objects made before cycles among them are looked for, more than loading a command makes: it ends soon, and
#: a page with fifty thousand voucher lines spent two fifths of its time on looking.
GARBAGE_AFTER = 200_000


def build(wanted: str | None = None) -> typer.Typer:
    """The application with the area of command `wanted` in full, and the rest by name."""
    app = typer.Typer(
        name="fisc",
        help="一市公共资金的总账 / the public money of a city, every number traceable.",
        epilog=help_text(),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    area = commands().get(wanted or "", ("", ""))[0]
    if area:
        given = (wanted,) if area == _GROUPS else ()
        import_module(f"fisc.cli.{area}").register(app, *given)
    for name, (other, summary) in commands().items():
        if name != wanted and (other == _GROUPS or other != area):
            app.command(name, help=summary)(_named_only)
    return app


def commands() -> dict[str, tuple[str, str]]:
    """`COMMANDS`, and the groups of a city's own domains."""
    return COMMANDS | _own_groups()


def _own_groups() -> dict[str, tuple[str, str]]:
    """The groups of a city's own domains, each called after its package."""
    if not os.environ.get("FISC_DOMAINS"):
        return {}
    from fisc.settings import own_domains

    return {
        name.rpartition(".")[2].replace("_", "-"): (_GROUPS, f"本市自有领域 {name}") for name in own_domains()
        if find_spec(f"{name}.use_cases") is not None
    }  # fmt: skip


def _named_only() -> None:
    """Stands for a command in the help; `build` puts the real one in its place when it is asked for."""


def _show_version(asked: bool) -> None:
    if asked:
        print(f"fisc {__version__}")
        raise typer.Exit


def _root(
    debug: Annotated[bool, typer.Option("--debug", help="出错时显示完整的追踪 / show tracebacks")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="版本 / version")
    ] = False,
) -> None:
    """`--debug` is taken out of the arguments by `run`; it is here for the help."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code, with every expected error in words."""
    given = [argument for argument in arguments if argument != "--debug"]
    as_json, debug = "--json" in given, len(given) < len(arguments)
    output.begin()
    try:
        return _run(given)
    except (SystemExit, BrokenPipeError):  # rich leaves so when nobody reads on
        return ExitCode.UNREAD
    except (Exception, KeyboardInterrupt) as error:
        return failures.tell(error, as_json=as_json, debug=debug)


def _run(given: Sequence[str]) -> int:
    with asked.begun(given):
        command = typer.main.get_command(build(asked.group() or None))
        language.localise(command)
        usage.refuse_repeats(command)
        outcome = command.main(args=given, prog_name="fisc", standalone_mode=False)
        if outcome == ExitCode.INTERRUPTED:  # typer takes Ctrl-C for a code that was left with
            raise KeyboardInterrupt
        return int(outcome or ExitCode.OK)


def main() -> None:
    """The console script."""
    gc.set_threshold(GARBAGE_AFTER)
    try:
        code = run(sys.argv[1:])
        if "duckdb" not in sys.modules:  # it complains of what is still there when it is unloaded
            gc.freeze()  # nor is anything looked for on the way out
        sys.stdout.flush()
    except BrokenPipeError:  # who was reading has read enough (`| head`): not a word
        _let_go()
    except OSError as error:  # what the output goes to takes no more, a failure in JSON neither
        _let_go()
        code = ExitCode(failures.tell(error, as_json=False, debug=False))
    sys.exit(code)


def _let_go() -> None:
    """What is left of the output goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
