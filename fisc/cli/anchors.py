"""The anchor in other hands: shown, written to a file, read back, and held against the ledger."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from fisc.kernel.errors import FiscError

if TYPE_CHECKING:
    from fisc.kernel.verify import Check

_KIND: Final = "fisc anchor 1"
#: An anchor is a few hundred bytes.
_MOST_BYTES: Final = 64 * 1024
#: Signs of a digest that are enough to know it by.
_LEAST_SIGNS: Final = 16


class NotAnAnchor(FiscError):
    """A file or text that is no anchor, or a place where none can be written."""


class Kept(NamedTuple):
    """What somebody kept: the link's number (None where only the code was written down) and its digest."""

    seq: int | None
    digest: str


def told(conn: psycopg.Connection) -> dict[str, Any]:
    """The newest anchor, as it is handed to others. Raises NotAnAnchor where nothing was ever sealed."""
    from fisc.kernel import anchors
    from fisc.kernel.periods import BEIJING
    from fisc.kernel.simulation import simulation

    link = anchors.newest(conn)
    if link is None:
        raise NotAnAnchor("账上还没有封存过，没有总锚", rule="先封存、后有锚点", hint="请在记账之后再办")
    mark = simulation(conn)
    moment = datetime.fromtimestamp(link.anchored_us // 1_000_000, BEIJING)
    return {
        "kind": _KIND, "link": link.seq, "anchored_at": moment.isoformat(), "algorithm": "SM3",
        "digest": link.digest, "check": link.check, "entry_count": anchors.entry_count(conn),
        "simulation": mark.title if mark else "",
    }  # fmt: skip


def words(anchor: dict[str, Any], to: Path | None) -> str:
    """The anchor in lines that can be printed, read out or copied by hand."""
    moment = anchor["anchored_at"][:19].replace("T", " ")
    lines = [
        f"总锚第 {anchor['link']} 节  {moment}  凭证 {anchor['entry_count']:,} 笔",
        f"摘要（SM3）{anchor['digest']}",
        f"校验码 {anchor['check']}",
    ]
    if anchor["simulation"]:
        lines.insert(0, f"模拟账：{anchor['simulation']}")
    kept = f"已写入 {to}，请交外部保管" if to else "请抄下或打印，交外部保管"
    return "\n".join([*lines, f"{kept}；核对用 fisc verify --anchor。"])


def write(anchor: dict[str, Any], to: Path, *, force: bool) -> None:
    """Write the anchor beside its place and move it there whole. Raises NotAnAnchor where that cannot be."""
    if to.is_symlink() or (to.exists() and not force):
        what = "是符号链接" if to.is_symlink() else "已经有了"
        raise NotAnAnchor(
            f"{to} {what}，没有写入",
            rule="已有的文件不覆盖、链接不跟随",
            hint="请另指文件名；要覆盖文件请加 --force",
        )
    part = to.with_name(f".{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf8"
        ) as file:
            json.dump(anchor, file, ensure_ascii=False, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(to)
    except OSError as error:
        raise NotAnAnchor(f"{to} 写不进去（{error.strerror}）", hint="请核对文件夹和权限") from None


def read(given: str) -> Kept:
    """An anchor out of a file, or out of the code as it was written down. Raises NotAnAnchor."""
    path = Path(given)
    if not path.is_file():
        return _written_down(given)
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        is_anchor = found["kind"] == _KIND and int(found["link"]) > 0 and len(str(found["digest"])) == 64
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        is_anchor = False
    if not is_anchor:
        raise NotAnAnchor(
            f"{given} 不是锚点文件", rule="锚点由 fisc seal --anchor --to 写成", hint="请核对文件"
        )
    return Kept(int(found["link"]), str(found["digest"]).lower())


def _written_down(given: str) -> Kept:
    signs = given.replace("-", "").replace(" ", "").lower()
    if not _LEAST_SIGNS <= len(signs) <= 64 or not all(sign in "0123456789abcdef" for sign in signs):
        raise NotAnAnchor(
            f"没有文件 {given}，也不是校验码",
            rule="校验码是 20 位、摘要是 64 位十六进制数字",
            hint="请核对文件名或校验码",
        )
    return Kept(None, signs)


def check_of(conn: psycopg.Connection, kept: Kept) -> Check:
    """One more proof: that the ledger still holds what the anchor said."""
    from fisc.kernel import anchors
    from fisc.kernel.verify import Check

    return Check("外部锚点", 1, anchors.against(conn, *kept))
