"""What the city's money is called: regions, funds, classifications, accounts and posting rules, by year.

The tables are CSV files in `data/`; each row names its source and says whether it was checked.
`classifications`, `rules`, `regions` and `funds` answer from memory, without a database;
`loader` copies the same rows into Django's models and makes accounts and regions known to the ledger.
"""
