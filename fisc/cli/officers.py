"""`fisc login | logout | whoami` and `fisc officers`: who acts, and how they show who they are."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from fisc.cli import output, signing
from fisc.cli.exit_codes import help_text
from fisc.cli.shared import database
from fisc.cli.signing import As

app = typer.Typer(
    help="人员：登记、岗位、口令 / officers, their duties and passwords",
    no_args_is_help=True,
    epilog=help_text(),
)

Code = Annotated[str, typer.Argument(help="人员编号 / officer's code", metavar="CODE")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="从标准输入读口令 / read the password from standard input")
]


def register(root: typer.Typer) -> None:
    """Add `officers`, `login`, `logout` and `whoami` to the program's commands."""
    from fisc.cli import use_cases

    use_cases.add(app, "officers")
    root.add_typer(app, name="officers")
    for command in (login, logout, whoami):
        root.command(command.__name__, epilog=help_text())(command)


@app.command("found", epilog=help_text())
def found_command(
    code: Code,
    *,
    name: Annotated[str, typer.Option(help="姓名 / name")],
    password_stdin: FromInput = False,
    as_json: output.JsonFlag = False,
) -> None:
    """立第一个人员管理员并设口令；已有管理员能登录时拒绝 / the first administrator of a database."""
    from fisc.documents.sessions import found_admin

    with database("fisc officers") as conn:
        found_admin(conn, code, name, _new_password(code, password_stdin))
    words = (
        f"已立人员管理员 {code} {name}。下一步：fisc login {code}，再用 fisc officers register 登记其他人员。"
    )
    output.emit({"code": code, "name": name}, as_json, words)


@app.command("password", epilog=help_text())
def password_command(
    code: Code, *, as_: As = "", password_stdin: FromInput = False, as_json: output.JsonFlag = False
) -> None:
    """设口令：本人改自己的（先输原口令），管理员给别人设 / one's own (the old one first), or another's."""
    from fisc.documents.sessions import set_password

    with database("fisc officers") as conn:
        by = signing.acting(conn, as_).code
        old = _old_password(password_stdin) if by == code else ""
        set_password(conn, code, _new_password(code, password_stdin), by=by, old=old)
    output.emit({"code": code}, as_json, f"已设定 {code} 的口令；此前的登录都已失效。")


def login(code: Code, *, password_stdin: FromInput = False, as_json: output.JsonFlag = False) -> None:
    """登录：此后本机的命令以这位人员的名义办理 / sign in; commands here then run as this officer."""
    from fisc.documents.sessions import HOURS, sign_in

    password = _typed("口令：") if not password_stdin else _read_line()
    with database("fisc login") as conn:
        signing.keep(conn, code, sign_in(conn, code, password))
    output.emit({"code": code, "hours": HOURS}, as_json, f"{code} 已登录，{HOURS} 小时内有效。")


def logout(
    code: Annotated[str, typer.Argument(help="人员编号，默认全部 / officer, all where left out")] = "",
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """退出登录 / sign out."""
    from fisc.documents.sessions import close_session

    with database("fisc logout") as conn:
        gone = signing.forget(conn, code)
        for _, token in gone:
            close_session(conn, token)
    officers = [officer for officer, _ in gone]
    output.emit(
        {"officers": officers}, as_json, "、".join(officers) + " 已退出。" if gone else "没有人登录。"
    )


def whoami(*, as_: As = "", as_json: output.JsonFlag = False) -> None:
    """现在以谁的名义办理，有哪些岗位 / who acts here, and with which duties."""
    from fisc.registry.officers import duty_names

    with database("fisc whoami") as conn:
        one = signing.acting(conn, as_)
    names = duty_names()
    said = {"code": one.code, "name": one.name, "mof_div_code": one.mof_div_code,
            "agency_code": one.agency_code, "duties": sorted(one.duties)}  # fmt: skip
    duties = "、".join(names.get(duty, duty) for duty in sorted(one.duties))
    shown = {"编号": one.code, "姓名": one.name, "区划": one.mof_div_code or "全部", "单位": one.agency_code,
             "岗位": duties}  # fmt: skip
    output.emit(said, as_json, output.facts(shown))


def _old_password(from_input: bool) -> str:
    """The password that is to be changed; from standard input the line before the new one."""
    return _read_line() if from_input else _typed("原口令：")


def _new_password(code: str, from_input: bool) -> str:
    """A password, typed twice at a terminal."""
    if from_input:
        return _read_line()
    first, second = _typed(f"{code} 的新口令："), _typed("再输入一次：")
    if first and not second and not sys.stdin.isatty():
        raise typer.BadParameter(
            "不从终端输入的口令只有一行：请加 --password-stdin，或把口令写两行"
            " / one line was piped: add --password-stdin, or give the password twice"
        )
    if first != second:
        raise typer.BadParameter("两次输入的口令不同 / the two passwords differ")
    return first


def _typed(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else _read_line()


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
