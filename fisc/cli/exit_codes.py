"""What the exit codes of `fisc` mean, in one place."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes; `MEANINGS` says them in words."""

    OK = 0
    FAULTS = 1
    USAGE = 2
    REFUSED = 3
    DATABASE = 4
    INTERNAL = 70
    INTERRUPTED = 130
    UNREAD = 141


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "完成 / done",
    ExitCode.FAULTS: "查出问题，如校验不符 / the check found faults",
    ExitCode.USAGE: "用法有误 / wrong usage",
    ExitCode.REFUSED: "输入被拒绝，没有入账 / input refused, nothing posted",
    ExitCode.DATABASE: "数据库不可用，或磁盘已满 / no database, or a disk is full",
    ExitCode.INTERNAL: "程序内部错误 / internal error",
    ExitCode.INTERRUPTED: "被中断 / interrupted",
    ExitCode.UNREAD: "输出没有读完，如接 head / nobody read on, as before `head`",
}


def help_text() -> str:
    """One line on all exit codes, for the help of commands."""
    pairs = [(code.value, *words.split(" / ")) for code, words in MEANINGS.items()]
    chinese = "；".join(f"{code} {words}" for code, words, _ in pairs)
    english = "; ".join(f"{code} {words}" for code, _, words in pairs)
    return f"退出码：{chinese} / exit codes: {english}"
