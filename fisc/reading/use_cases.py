"""What people look up in the books: balances of accounts, the ledger of one, a voucher."""

from __future__ import annotations

from typing import Final

from fisc.documents.use_case import UseCase
from fisc.reading import account_books

USE_CASES: Final = (
    UseCase("books.balances", account_books.balances, name="科目余额表"),
    UseCase("books.ledger", account_books.account_ledger, name="明细账", is_of_office=True),
    UseCase("books.voucher", account_books.vouchers, name="凭证", owners=account_books.VOUCHER_OWNERS),
)
