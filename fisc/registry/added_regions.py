"""The divisions that a database records itself: zones with a treasury of their own, and what is newer than,
or renamed since, the shipped list."""

from __future__ import annotations

import re
from typing import Any, Final

import psycopg
from psycopg import sql

from fisc import kernel
from fisc.kernel.errors import shown
from fisc.kernel.periods import years_open
from fisc.kernel.posting import in_transaction
from fisc.registry import regions
from fisc.registry.errors import BadRegion
from fisc.registry.officers import officers
from fisc.registry.rows import Table, insert_rows
from fisc.registry.tables import RegionRow, region_rows

_REGIONS: Final = Table("registry.Region")
_RENEWED: Final = ("name", "source", "is_verified")
#: Levels that may be recorded, in words, and the levels that each may lie below.
LEVELS: Final = {"city": "市级", "county": "县级", "zone": "园区"}
_BELOW: Final = {
    "city": ("province",), "county": ("city", "province"), "zone": ("county", "city", "province"),
}  # fmt: skip
#: The longest name that the register takes.
LONGEST_NAME: Final = 60
_NAME: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff][\w（）()·\-、]+")
#: How areas and levels are called in print, of every kind of division.
_WHOLE: Final = frozenset(
    ["全辖", "本级", *(f"全{one}" for one in "市省州盟区县旗"), *(f"{one}本级" for one in "市省州盟区县旗")]
)
_RULE: Final = "一个区划一个代码：九位，末三位 000；上级先登记，代码与上级同头"


def define_region(
    conn: psycopg.Connection[Any], code: str, name: str, *, level: str = "", parent: str = "",
    source: str = "本库登记",
) -> RegionRow:  # fmt: skip
    """Record a division, or rename one, and make it known to the ledger; idempotent.

    `level` (city, county, zone) and `parent` may be left out for a division that is known, and the parent
    where the city of the code's first four digits is one. Raises BadRegion for what is no such division, or
    lies elsewhere already, and UnknownRegion for a parent that is not known. Who records divisions at the
    same time waits: of two of one name the second is refused.
    """

    def work() -> RegionRow:
        alone(conn)
        row = _row(code, name.strip(), level, parent, source)
        _require_own_name(conn, row)
        insert_rows(conn, _REGIONS, [row._asdict()], known_by=("mof_div_code",), renews=_RENEWED)
        kernel.define_regions(conn, regions.codes_of(row))
        return row

    found = in_transaction(conn, work)
    regions.KEPT.forget()
    return found


def alone(conn: psycopg.Connection[Any]) -> None:
    """Nobody else records or takes back divisions until the transaction ends; what others did is known."""
    conn.execute("lock table registry_region in share row exclusive mode")
    regions.KEPT.forget()


def name_of(conn: psycopg.Connection[Any], code: str) -> str | None:
    """What the division of a code is called now, in a transaction too; None where there is none."""
    try:
        row = regions.lookup(code)
    except ValueError:
        return None
    found = conn.execute(
        "select name from registry_region where mof_div_code = %s", [regions.full_code(code)]
    ).fetchone()
    return str(found[0]) if found is not None else row.name if row is not None else None


def remove_region(conn: psycopg.Connection[Any], code: str) -> bool:
    """Take back what this database records of a division that nothing uses; False where it records nothing.

    Raises BadRegion for one that has divisions, books, officers or agencies, or that any document or register
    names, unless it is of the national
    register: then its name alone goes back.
    """

    def work() -> bool:
        alone(conn)
        if not any(row.mof_div_code == code for row in region_rows()) and (uses := _uses(conn, code)):
            raise BadRegion(
                f"区划 {code} 已有{'、'.join(uses)}，不能撤回", rule="账上和登记簿用到的区划不删除",
                hint="登记错了名称的，用 fisc registry define-regions 更名",
            )  # fmt: skip
        delete = "delete from registry_region where mof_div_code = %s returning 1"
        return conn.execute(delete, [code]).fetchone() is not None

    is_gone = in_transaction(conn, work)
    regions.KEPT.forget()
    return is_gone


def _uses(conn: psycopg.Connection[Any], code: str) -> list[str]:
    """What there is of a division, in words."""
    found = ["下级区划"] if regions.children(code) else []
    if code in years_open(conn):
        found.append("账簿")
    if any(one.mof_div_code == code for one in officers(conn, code)):
        found.append("人员")
    if conn.execute("select from registry_agency where mof_div_code = %s limit 1", [code]).fetchone():
        found.append("预算单位")
    if not found and _is_named(conn, code):
        found.append("单据或登记事项")
    return found


def _is_named(conn: psycopg.Connection[Any], code: str) -> bool:
    """Whether a row of any table, of whatever domain, names a division, as its own or as another party."""
    places = conn.execute(
        "select c.table_name, c.column_name from information_schema.columns c "
        "join information_schema.tables t using (table_schema, table_name) "
        "where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type <> 'ARRAY' "
        "and c.column_name like '%%\\_div\\_code' and c.table_name <> %s", [_REGIONS.table],
    ).fetchall()  # fmt: skip
    asked = sql.SQL(" union all ").join(
        sql.SQL("(select from {} where {} = any(%(codes)s) limit 1)").format(
            sql.Identifier(table), sql.Identifier(column)
        )
        for table, column in places
    )
    codes = list(regions.codes_of(regions.require(code)))
    return conn.execute(asked, {"codes": codes}).fetchone() is not None


def recorded() -> frozenset[str]:
    """The codes of the divisions that the database in force records itself."""
    shipped = set(region_rows())
    return frozenset(row.mof_div_code for row in regions.governments_known() if row not in shipped)


def _row(code: str, name: str, level: str, parent: str, source: str) -> RegionRow:
    full = _own_code(code)
    known = regions.lookup(full)
    if known:
        level, parent = level or known.level, parent or known.parent
    found = RegionRow(full, name, level, _parent(full, parent), source, False)
    _require_name(found)
    if known and (known.level, known.parent) != (found.level, found.parent):
        raise BadRegion(
            f"{full} 是 {known.parent} 之下的{known.name}（{LEVELS.get(known.level, known.level)}），"
            "不能改作别的",
            rule="已登记的区划只改名称：账按区划和上级汇总",
            hint="更名只写代码和 --name；另设的区划请用新的代码",
        )
    if not known:
        _require_place(found)
    return found


def _own_code(code: str) -> str:
    try:
        full = regions.full_code(code)
    except ValueError as error:
        raise BadRegion(str(error), rule=_RULE, hint="例如 150671，即 150671000") from None
    if full != regions.own(full):
        raise BadRegion(f"{full} 不是本级代码", rule=_RULE, hint="本级末三位为 000；全辖（998）随本级而有")
    return full


def _parent(code: str, parent: str) -> str:
    if parent:
        return regions.find(parent).mof_div_code
    city = regions.lookup(f"{code[:4]}00")
    return city.mof_div_code if city and city.mof_div_code != code else f"{code[:2]}0000000"


def _require_name(row: RegionRow) -> None:
    """Raise BadRegion for a name that is none, or another division's beside it: rows are read by names."""
    code, name = row.mof_div_code, row.name
    if not name:
        raise BadRegion(f"{code} 没有名称", rule=_RULE, hint="请以 --name 写明名称")
    if len(name) > LONGEST_NAME or name in _WHOLE or not _NAME.fullmatch(name):
        raise BadRegion(
            f"“{shown(name)[:LONGEST_NAME]}”不能作 {code} 的名称",
            rule=f"名称为 2-{LONGEST_NAME} 字，以汉字写，可带括号和数字；“全市”“本级”之类不是名称",
            hint="请写批准设立时的全称",
        )  # fmt: skip
    same = [one for one in regions.children(row.parent) if one.name == name and one.mof_div_code != code]
    if same:
        raise _not_its_own(row, same[0].mof_div_code)


def _require_own_name(conn: psycopg.Connection[Any], row: RegionRow) -> None:
    """Raise BadRegion for a name that this transaction has given to another division."""
    same = conn.execute(
        "select mof_div_code from registry_region where parent = %s and name = %s and mof_div_code <> %s",
        [row.parent, row.name, row.mof_div_code],
    ).fetchone()
    if same is not None:
        raise _not_its_own(row, str(same[0]))


def _not_its_own(row: RegionRow, other: str) -> BadRegion:
    return BadRegion(
        f"{row.parent} 之下已有{row.name}（{other}）", rule="同一上级之下名称不重复",
        hint="请核对代码与名称；全部区划见 fisc registry regions",
    )  # fmt: skip


def _require_place(row: RegionRow) -> None:
    if row.level not in LEVELS:
        told = "、".join(f"{key}（{words}）" for key, words in LEVELS.items())
        raise BadRegion(f"没有级次“{row.level}”", rule=_RULE, hint=f"请以 --level 写明级次：{told}")
    place = regions.require(row.parent)
    if place.level not in _BELOW[row.level]:
        raise BadRegion(
            f"{LEVELS[row.level]}区划 {row.mof_div_code} 不能在 {place.mof_div_code} {place.name} 之下",
            rule=_RULE, hint="请以 --parent-div-code 写明它的上级区划",
        )  # fmt: skip
    digits = regions.area_digits(row.parent)
    if not row.mof_div_code.startswith(digits):
        raise BadRegion(
            f"{row.mof_div_code} 与上级 {place.mof_div_code} {place.name} 不同头",
            rule=_RULE, hint=f"代码以 {digits} 开头，或以 --parent-div-code 另写上级区划",
        )  # fmt: skip
