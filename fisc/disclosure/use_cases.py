"""Published books: they come in by a file, `fisc import`; what came in is listed."""

from __future__ import annotations

from typing import Final

from fisc.disclosure import imported, services
from fisc.documents.use_case import UseCase

USE_CASES: Final = (
    UseCase(
        "books.list-imports", imported.list_imports, name="预算文本导入清单", named={"gone": imported.GONE},
        is_of_office=True,
    ),
    UseCase("books.list-remarks", imported.list_remarks, name="读过的表外文字清单", is_of_office=True),
)  # fmt: skip
#: A book of many tables is read, checked and told by a command of its own, `fisc import`.
FOR_PROGRAMS: Final = (services.import_book,)
