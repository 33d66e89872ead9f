"""Published budget books (.xlsx): read, checked against themselves, posted to the ledger.

A book is a workbook of printed tables. `workbook` reads the file as it is stored, `layout`
and `titles` find the tables by their titles and headers, `rows` and `special` read names,
codes and amounts, `model` holds them. `inside`, `across` and `identities` check what the
book owes to itself and refuse it where it cannot be right. `facts` says each figure once,
`rules` turns a fact into an entry by the posting rules of its year, `posting` finds the red
and blue difference to what stands, `services.import_book` does it all in one transaction and
`ledger` holds the result against the book again.
"""
