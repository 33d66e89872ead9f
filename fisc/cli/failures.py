"""How a command that failed says so: what, by which rule, what to do; never a traceback unasked."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fisc.cli import language, output, usage
from fisc.cli.calling import as_called
from fisc.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from fisc.kernel import FiscError
    from fisc.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in words, with the exit code it gives; one of usage shows the `usage` of the command too."""

    code: ExitCode
    message: str
    rule: str = ""
    hint: str = ""
    usage: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


#: What typer raises for a command that was not called as it may be; it names its kinds only.
_UsageError = typer.BadParameter.__mro__[1]


def tell(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Print `error` for people or as JSON, with its traceback for `debug`; returns the exit code."""
    if type(error).__name__ == "NoArgsIsHelpError":  # the help was shown in its place
        return ExitCode.USAGE.value
    if debug:
        traceback.print_exception(error)
    failure = describe(error)
    failure = replace(failure, message=as_called(failure.message), hint=as_called(failure.hint))
    if as_json:
        said = {"message": failure.message, "rule": failure.rule, "hint": failure.hint}
        facts = {"details": dict(failure.details)} if failure.details else {}
        print(output.to_json(output.document({"error": said | facts | {"exit_code": failure.code.value}})))
    else:
        _print(failure)
    return failure.code.value


def describe(error: BaseException) -> Failure:
    """The words and exit code for `error`."""
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Failure(ExitCode.INTERRUPTED, "已中断")
    return (
        _from_usage(error)
        or _from_fisc(error)
        or _from_database(error)
        or _from_files(error)
        or _unexpected(error)
    )


def _from_usage(error: BaseException) -> Failure | None:
    """What typer refuses before a command begins, or a command of what it was called with."""
    if not isinstance(error, _UsageError):
        return None
    context = getattr(error, "ctx", None)
    shown = context.get_usage() if context else ""
    return Failure(ExitCode.USAGE, usage.words(error), rule=_as_listed(), hint=usage.hint(error), usage=shown)


def _as_listed() -> str:
    return "" if language.is_english() else "命令和选项按 --help 所列的写法填写"


def _from_fisc(error: BaseException) -> Failure | None:
    """Errors that know their own words: fisc.kernel.errors.FiscError and fisc.store.StoreError."""
    from fisc.kernel.errors import FiscError, StoreBusy
    from fisc.kernel.schema import OtherVersion
    from fisc.store.errors import StoreError

    if not isinstance(error, FiscError | StoreError):
        return None
    is_store = isinstance(error, StoreError | StoreBusy | OtherVersion)
    code = ExitCode.DATABASE if is_store else ExitCode.REFUSED
    return _refused(code, error)


def _refused(code: ExitCode, error: FiscError | StoreError) -> Failure:
    """A refusal of ours in the words of accountants: accounts by their books, papers in Chinese."""
    from fisc.registry.books import in_words
    from fisc.registry.papers import paper_words

    return Failure(
        code,
        in_words(error.message),
        paper_words(error.rule),
        in_words(error.hint),
        details=getattr(error, "details", None) or {},
    )


def _from_database(error: BaseException) -> Failure | None:
    import psycopg
    from django.db import Error as DjangoError

    from fisc.kernel.errors import translate

    if isinstance(error, DjangoError) and error.__cause__ is not None:
        error = error.__cause__
    if not isinstance(error, psycopg.Error):
        return None
    ours = translate(error)
    if ours is not None:
        return _from_fisc(ours)
    if isinstance(error, psycopg.OperationalError):
        said = (error.diag.message_primary or str(error)).strip()
        return Failure(
            ExitCode.DATABASE,
            f"数据库出错：{said.splitlines()[0] if said else type(error).__name__}",
            hint="请用 fisc db status 查看数据库后重试",
        )
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Failure(
            ExitCode.DATABASE,
            f"数据库角色没有这项权限：{error.diag.message_primary or error}",
            rule="账务的表由建立它们的角色读写",
            hint="请以那个角色连接（DATABASE_URL）",
        )
    return None


def _from_files(error: BaseException) -> Failure | None:
    from fisc.store.os_faults import FULL, is_full, is_of_disks, words_of

    place = error.filename if isinstance(error, OSError) else None
    if is_full(error):
        why = words_of(error) if isinstance(error, OSError) else FULL
        what = f"没有写成 {place}" if place else "没有写完"
        return Failure(
            ExitCode.DATABASE,
            f"{why}，{what}",
            rule="文件写完才算数，原有的文件不动",
            hint="请腾出空间后再办",
        )
    if not isinstance(error, OSError) or not (place or is_of_disks(error)):
        return None
    said = f"{place}：{words_of(error)}" if place else words_of(error)
    return Failure(
        ExitCode.REFUSED, said, rule="只读写已有的文件和文件夹，不另建上级文件夹", hint=_about(place)
    )


def _about(place: object) -> str:
    """What to do about a place that cannot be read or written."""
    if not isinstance(place, str | bytes | os.PathLike):
        return "请检查路径与权限"
    path = Path(os.fsdecode(place))
    if not (folder := path.parent).is_dir():
        return f"没有文件夹 {folder}：请先建立它，或改用已有的文件夹"
    if not path.exists():
        return f"请核对文件名：{folder.resolve()} 里没有 {path.name}"
    return f"请检查 {path} 的权限，以及它是文件还是文件夹"


def _unexpected(error: BaseException) -> Failure:
    return Failure(
        ExitCode.INTERNAL,
        f"程序内部错误：{type(error).__name__}: {error}",
        hint="请加 --debug 重试，并把显示的内容报告给维护者",
    )


def _print(failure: Failure) -> None:
    console = output.console(stderr=True)
    if failure.usage:
        console.print(failure.usage, markup=False)
    console.print(failure.message, style="bold red", markup=False)
    if failure.rule:
        console.print(f"依据：{failure.rule}", markup=False)
    if failure.hint:
        what_to_do = (
            "What to do: " if failure.code is ExitCode.USAGE and language.is_english() else "怎么办："
        )
        console.print(f"{what_to_do}{failure.hint}", markup=False)
    sys.stderr.flush()
