"""Commands of the declared use cases: `fisc GROUP VERB`, with what it takes as options, or in a file.

One command is one item: its options are the columns of one row of the file (`--file` takes many, .xlsx, .csv
or .json). `--dry-run` does everything and takes it back. Who acts has signed in (`fisc.cli.signing`).
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from fisc.cli import asked, language, output, use_case_view
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.shared import database, day_of
from fisc.cli.signing import As
from fisc.documents.limits import bytes_of
from fisc.report.printed import printed

if TYPE_CHECKING:
    from fisc.documents.inputs import Field
    from fisc.documents.use_case import UseCase
    from fisc.kernel import FiscError
    from fisc.report.printed import Printed

#: What elements are called as options, where people have a shorter word.
SHORT: Final = {"mof_div_code": "region", "mof_div_codes": "regions", "fiscal_year": "year"}
_KEYWORD: Final = inspect.Parameter.KEYWORD_ONLY
_FILE: Final = Annotated[
    Path | None, typer.Option("--file", help="一次办理多项：.xlsx .csv .json / many at once, from a file")
]
_SHEET: Final = Annotated[
    str | None, typer.Option("--sheet", help="文件里的工作表名，默认自动识别 / sheet of the file")
]
_ON: Final = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="日期 / DATE", help="业务日期，默认今天 / business date"),
]
Dry = Annotated[
    bool, typer.Option("--dry-run", help="只试办：照办一遍，再全部撤回 / do all of it, then take it back")
]
_EACH: Final = Annotated[
    bool,
    typer.Option(
        "--each",
        help="逐项办理：办得成的都办，其余（含文件里看不懂的行）各说明缘由；一项占多行的文件须整份看得懂"
        " / each alone: the sound ones are done, rows that cannot be read are told",
    ),
]
_OUT: Final = Annotated[Path | None, typer.Option("--out", help="写到哪个文件 / where the file goes")]


def register(root: typer.Typer, wanted: str = "") -> None:
    """Add the groups that have commands of use cases only: the one that is `wanted`, or all."""
    from fisc.cli.main import commands

    for group, (area, summary) in commands().items():
        if area == "use_cases" and wanted in ("", group):
            app = typer.Typer(help=summary, no_args_is_help=True, epilog=help_text())
            add(app, group)
            root.add_typer(app, name=group)


def add(app: typer.Typer, group: str) -> None:
    """Add the commands of a group's use cases to its application, but those it has in words of its own.

    Where one command is asked for (`fisc.cli.asked`), that one alone: none where it is written by hand, so
    that it waits for no use case.
    """
    written = {command.name for command in app.registered_commands}
    if asked.verb() in written:
        return
    from fisc.use_cases import of_group

    cases = of_group(group)
    alone = [one for one in cases if one.verb == asked.verb()]
    for one in alone or cases:
        if one.verb not in written:
            panel = "办理与查询 / other work"
            if one.kind is not None:
                panel = f"{one.kind.name} / {one.kind.prefix.replace('_', ' ')}"
            app.command(one.verb, epilog=help_text(), rich_help_panel=panel)(command_of(one))


def command_of(case: UseCase) -> Any:
    """The function of a use case's command, with a signature that typer reads."""

    def run(**given: Any) -> None:
        _run(case, given)

    parameters = list(_parameters(case))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": None}
    run.__doc__ = f"{case.help_text} / {_english(case)}"
    run.__name__ = case.verb.replace("-", "_")
    return run


def _parameters(case: UseCase) -> list[inspect.Parameter]:
    found = []
    has_file, is_acting = _takes_file(case), not case.is_reading
    if case.number is not None:
        found.append(_positional(case, case.number, "numbers", is_many=case.is_many))
    elif (named := case.named_by) is not None:
        found.append(_positional(case, named, named.name, is_optional=has_file))
    options = [field for field in case.options if field != case.named_by]
    found += [_option(field, may_be_in_file=has_file, is_acting=is_acting) for field in options]
    items = [field for field in _item_fields(case) if field != case.named_by]
    found += [_option(field, may_be_in_file=True, is_acting=is_acting) for field in items]
    if has_file:
        found.append(inspect.Parameter("file", _KEYWORD, default=None, annotation=_FILE))
        found.append(inspect.Parameter("sheet", _KEYWORD, default=None, annotation=_SHEET))
    if not case.is_reading:
        found.append(inspect.Parameter("as_", _KEYWORD, default="", annotation=As))
        found.append(inspect.Parameter("dry_run", _KEYWORD, default=False, annotation=Dry))
    if case.subject and case.is_many and not case.is_reading and not case.gives_file:
        found.append(inspect.Parameter("each", _KEYWORD, default=False, annotation=_EACH))
    if case.takes_day:
        found.append(inspect.Parameter("on", _KEYWORD, default=None, annotation=_ON))
    if case.gives_file:
        found.append(inspect.Parameter("out", _KEYWORD, default=None, annotation=_OUT))
    elif (prints := printed(case)) is not None:
        found.append(inspect.Parameter("out", _KEYWORD, default=None, annotation=_printed_to(prints.forms)))
    found.append(inspect.Parameter("as_json", _KEYWORD, default=False, annotation=output.JsonFlag))
    return found


def _takes_file(case: UseCase) -> bool:
    return bool(case.subject) and (case.is_many or case.shape is not None)


def _printed_to(forms: Sequence[str]) -> Any:
    kinds = " ".join(f".{form}" for form in forms)
    return Annotated[Path | None, typer.Option("--out", help=f"写成文件，后缀为 {kinds} 之一 / as a file")]


def _item_fields(case: UseCase) -> list[Field]:
    """What a command says of its one item: the flat row's fields, each once."""
    if case.shape is None:
        return []
    return list(case.shape.flat)


def _positional(
    case: UseCase, number: Field, name: str, *, is_many: bool = False, is_optional: bool = False
) -> inspect.Parameter:
    """What a command acts on or shows, as its argument: many numbers, or one that a file may give."""
    also = ("，可只写文件上的号", ", or as printed") if case.narrowing else ("", "")
    words = f"{number.heading}{also[0]} / {number.name.replace('_', ' ')}{also[1]}"
    told = typer.Argument(help=words, metavar=number.name.upper(), show_default=False)
    one: Any = str | None if is_optional else str
    kind = Annotated[list[str] | None, told] if is_many else Annotated[one, told]
    default = None if is_many or is_optional else inspect.Parameter.empty
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)


def _flag(field: Field) -> str:
    return f"--{parameter_name(field).replace('_', '-')}"


def _option(field: Field, *, may_be_in_file: bool, is_acting: bool) -> inspect.Parameter:
    """One field as an option. What may come in a file is asked for when that was read."""
    name, flag = parameter_name(field), _flag(field)
    must = field.is_required and not may_be_in_file and field.name not in SHORT
    words = help_of(field, is_marked=must or field.is_bytes or (is_acting and name == "region"))
    if is_acting and name == "region" and field.is_required:
        words = f"{field.heading}（默认本人的区划）"
    words = f"{words} / {_english_of(field, is_marked=must or field.is_bytes)}"
    if field.is_bytes:
        kind: Any = Annotated[Path, typer.Option(flag, help=words)]
        return inspect.Parameter(field.name, _KEYWORD, annotation=kind)
    if field.form in ("truth", "mark"):
        kind = Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=words, show_default=False)]
        return inspect.Parameter(field.name, _KEYWORD, default=None, annotation=kind)
    kind = Annotated[str if must else str | None, typer.Option(flag, help=words, show_default=False)]
    default = inspect.Parameter.empty if must else None
    return inspect.Parameter(field.name, _KEYWORD, default=default, annotation=kind)


def parameter_name(field: Field) -> str:
    """What a field is called as an option: without the unit of programs, for people write 元 and percents."""
    return SHORT.get(field.name, field.name.removesuffix("_fen").removesuffix("_bp"))


def help_of(field: Field, *, is_marked: bool = False) -> str:
    """What the help says of a field: its heading, how it is written, what stands where it is left out.

    With `is_marked` the help marks by itself what must be given.
    """
    how = {
        "amount_fen": "元",
        "rate_bp": "%，如 12.5",
        "date": "年-月-日",
        "codes": "多个用逗号分开",
    }.get(field.form, "")
    how = "：".join(part for part in (how, _choices(field)) if part)
    shown = "是" if field.default is True else field.default
    default = "" if shown in (None, "", (), False) else f"默认 {shown}"
    must = "必填" if field.is_required and not is_marked else ""
    said = "；".join(part for part in (how, must, default) if part)
    return f"{field.heading}（{said}）" if said else field.heading


def _english(case: UseCase) -> str:
    """What a command does, in the words of its code; whose duty it is."""
    who = f" ({case.duty_code.replace('_', ' ')})" if case.duty_code else ""
    return f"{case.verb.replace('-', ' ')}{who}"


#: How values are written, in English.
_WRITTEN: Final = {
    "amount_fen": "yuan",
    "rate_bp": "per cent",
    "date": "YYYY-MM-DD",
    "codes": "several, with commas between",
}


def _english_of(field: Field, *, is_marked: bool) -> str:
    """`help_of` in English: the element's name, how it is written, whether it must be given."""
    codes = ", ".join(field.choices)
    how = (_WRITTEN.get(field.form, ""), codes if codes.isascii() else "")
    must = "required" if field.is_required and not is_marked and field.name not in SHORT else ""
    told = "; ".join(part for part in (*how, must) if part)
    name = parameter_name(field).replace("_", " ")
    return f"{name} ({told})" if told else name


#: Signs that a help has room for, to tell values with their codes; people may write the names too.
_ROOM: Final = 90


def _choices(field: Field) -> str:
    from fisc.documents.code_lists import code_list

    if not field.choices:
        listed = code_list(field.name) if field.name not in SHORT else None
        return listed.place if listed is not None and listed.command else ""
    told = "、".join(f"{code} {name}".strip() for code, name in field.column.choices)
    return told if len(told) <= _ROOM else "、 ".join(field.choice_names or field.choices)


def _run(case: UseCase, given: dict[str, Any]) -> None:
    from fisc.documents.desk import Each, answered_each
    from fisc.documents.emptiness import why_empty
    from fisc.documents.sound import is_sound
    from fisc.store import scratch

    as_json, out = given.pop("as_json"), given.pop("out", None)
    on, prints = day_of(given.pop("on", None)), _prints(case, out)
    is_dry, is_each = given.pop("dry_run", False), given.pop("each", False)
    _require_said(case, given)
    with database(f"fisc {case.group}") as conn:
        officer = _officer(conn, case, given.pop("as_", ""))
        said, items, places, refused = _given(
            case, given, officer.mof_div_code if officer else "", is_each=is_each
        )
        numbers = case.numbers_of(items)
        acting = {"by": officer.code if officer else "", "on": on, "is_dry": is_dry}
        with conn.transaction() if case.gives_file else nullcontext():
            together = partial(case.tried, conn, places=places)
            do: Any = partial(answered_each, conn, case) if is_each else together
            result = do(items, said, **acting)
            if refused:
                result = [*result, *(Each(place, refusal=why) for place, why in refused.items())]
            if case.gives_file:  # a file that could not be written was not made
                result = use_case_view.write_file(result, out, is_dry=is_dry)
        rows = use_case_view.rows_of(conn, case, result, numbers, said, as_json=as_json)
        why = why_empty(conn, case, said) if case.is_reading and not rows else ""
        if prints is not None:
            scratch.write(out, prints.write(conn, result, _form(out)))
    use_case_view.show(case, result, rows, as_json=as_json, is_dry=is_dry, of=said, why=why)
    if not is_sound(case, result):
        raise typer.Exit(ExitCode.FAULTS)


def _prints(case: UseCase, out: Path | None) -> Printed | None:
    """How an answer is to be written at `out`. Raises BadParameter for a form in which it is not."""
    prints = printed(case) if out is not None else None
    if out is not None and prints is not None and _form(out) not in prints.forms:
        kinds = "、".join(f".{one}" for one in prints.forms)
        said = f"--out 的文件名须以 {kinds} 结尾：{out} / --out ends in {kinds.replace('、', ', ')}"
        raise typer.BadParameter(language.said(said))
    return prints


def _form(out: Path) -> str:
    return out.suffix.removeprefix(".")


def _officer(conn: Any, case: UseCase, as_: str) -> Any:
    from fisc.cli.signing import acting

    return None if case.is_reading else acting(conn, as_)


def _given(
    case: UseCase, given: Mapping[str, Any], region: str, *, is_each: bool
) -> tuple[dict[str, Any], Sequence[Any], Sequence[str], Mapping[str, FiscError]]:
    """What is said for all, the items, where each stands in a file, and what rows of it say none.

    Without a region it is one's own.
    """
    from fisc.documents.item_files import InFile, from_file
    from fisc.documents.items import from_texts, options_from_texts

    file, sheet = given.get("file"), given.get("sheet")
    texts = {name: bytes_of(value) if isinstance(value, Path) and name != "file" else value
             for name, value in given.items()}  # fmt: skip
    read = from_file(case, file, region, sheet, is_each=is_each) if file is not None else InFile([], {}, ())
    told = {name for name, said in texts.items() if said is not None} | read.said.keys()
    fields = case.options if file is not None else (*case.options, *_item_fields(case))
    _require_told(case, fields, told | ({_PLACE} if region else set()))
    said = options_from_texts(case, texts, region, read.said)
    if not case.subject or file is not None:
        return said, read.items, read.places, read.refused
    if case.number is not None:
        return said, _numbers(given["numbers"]), (), {}
    return said, [from_texts(case, texts, region)], (), {}


def _require_said(case: UseCase, given: Mapping[str, Any]) -> None:
    """Raise BadParameter for wrong usage that shows before anybody is asked who acts, or a file is read.

    Without a region it may be that of who acts; what holds for all items may stand in the file.
    """
    if given.get("file") is not None:
        _require_no_item(case, given)
        return
    if given.get("sheet") is not None:
        raise typer.BadParameter(language.said(
            "--sheet 是 --file 所给文件的工作表，请一并写明 --file / --sheet is of a --file: name that too"
        ))  # fmt: skip
    if case.number is not None and not given.get("numbers"):
        raise _unnamed(case.number)
    told_of = {name for name, said in given.items() if said is not None}
    own = set() if case.is_reading else {_PLACE}
    _require_told(case, (*case.options, *_item_fields(case)), told_of | own)
    _require_change(case, told_of)


def _unnamed(of: Field) -> typer.BadParameter:
    """Wrong usage: it is not said which document is meant."""
    told = f"缺少{of.heading}，也可用 --file 给出 / {of.name.upper()} is missing; --file may give it"
    return typer.BadParameter(language.said(told))


#: The field that who acts need not say: it is theirs.
_PLACE: Final = "mof_div_code"


def _require_told(case: UseCase, fields: Sequence[Field], told: Collection[str]) -> None:
    """Raise BadParameter for options that must be given and were not, here or in a file."""
    left = [field for field in fields if field.is_required and field.name not in told]
    if not left:
        return
    if case.named_by in left:
        raise _unnamed(case.named_by)
    missing = {_flag(field): field.heading for field in left}
    named = "、".join(f"{flag}（{heading}）" for flag, heading in missing.items())
    zh, en = ("，也可用 --file 给出", "; --file may give them") if _takes_file(case) else ("", "")
    raise typer.BadParameter(
        language.said(f"缺少选项 {named}{zh} / missing options: {', '.join(missing)}{en}")
    )


def _require_change(case: UseCase, told: Collection[str]) -> None:
    """Raise BadParameter where a document is named and nothing is said of it: not all may be left out."""
    fields = [field for field in _item_fields(case) if field != case.named_by]
    if case.named_by not in _item_fields(case) or any(f.is_required or f.name in told for f in fields):
        return
    named = "、".join(f"{_flag(field)}（{field.heading}）" for field in fields)
    zh = f"没有写明把{case.named_by.heading}所指单据的哪一栏改成什么，至少写一栏：{named}"
    en = f"nothing is said of it; give at least one of {', '.join(map(_flag, fields))}"
    raise typer.BadParameter(language.said(f"{zh} / {en}"))


def _require_no_item(case: UseCase, given: Mapping[str, Any]) -> None:
    """Raise BadParameter for what is said of one item beside a file that says it of all."""
    beside = {field.name for field in case.options}
    told = {_flag(field): _flag(field) for field in _item_fields(case)
            if field.name not in beside and given.get(field.name) is not None}  # fmt: skip
    of = case.number or case.named_by
    if of is not None and (given.get("numbers") or told.pop(_flag(of), None)):
        told[of.heading] = of.name.upper()
    if told:
        zh, en = "、".join(told), ", ".join(told.values())
        raise typer.BadParameter(
            language.said(f"各项都写在 --file 的文件里时，不再另写 {zh} / --file says it all: leave out {en}")
        )


def _numbers(given: list[str] | str) -> list[str]:
    return [given] if isinstance(given, str) else given
