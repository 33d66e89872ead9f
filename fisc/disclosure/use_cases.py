"""Published books: their one door is a file, `fisc import`."""

from __future__ import annotations

from typing import Final

from fisc.disclosure import services
from fisc.documents.use_case import UseCase

USE_CASES: Final[tuple[UseCase, ...]] = ()
#: A book of many tables is read, checked and told by a command of its own, `fisc import`.
FOR_PROGRAMS: Final = (services.import_book,)
