"""What people do with officers, books and elements, whatever the domain."""

from __future__ import annotations

from typing import Final

from fisc.documents import book_keeping, element_cases, findings, region_cases, sessions
from fisc.documents.findings import FINDING
from fisc.documents.flow import MAKE
from fisc.documents.sight import owners_in
from fisc.documents.use_case import UseCase
from fisc.registry import officers
from fisc.registry.officers import ADMIN

USE_CASES: Final = (
    UseCase("officers.register", officers.register_officers, name="登记人员与岗位", duty=ADMIN),
    UseCase(
        "officers.retire",
        sessions.retire_officers,
        name="停用人员",
        duty=ADMIN,
        owners=owners_in(officers.OFFICERS, "officer", column="code", is_exact=True),
    ),
    UseCase("officers.list", officers.officers, name="人员及其岗位"),
    *(
        UseCase(f"findings.{step}", findings.handle, FINDING, step, fixed={"step": step})
        for step in findings.STEPS
    ),
    UseCase("books.open-year", book_keeping.open_books, name="开设年度账簿", duty=book_keeping.DUTY),
    UseCase("books.periods", book_keeping.books_periods, name="会计期间", is_for_units=True),
    *element_cases.use_cases(),
    *region_cases.use_cases(),
    UseCase("findings.list", findings.recorded, FINDING, name="登记的疑点"),
)
#: Steps that the program takes by its rules.
OF_PROGRAMS: Final = {
    (FINDING, MAKE): "检查、对账、导入发现的疑点由程序登记",
    (FINDING, "lapse"): "再查时不再成立的疑点由程序销号",
    (FINDING, "recur"): "已销号的疑点再次发现时由程序重新列出",
}
