"""Reading the ledger: figures, named quantities of public money, each a query over postings.

A *figure* has an id, a Chinese name, a unit, its definition (口径) in one sentence, a
version and a legal source. Its formula is either a *measure*, which selects rows, or a
*combination* of other figures. One selection gives the value, the breakdown and the rows,
so a trace cannot disagree with the number it explains.

    algebra    what a figure may be: Flow, Stock, Count, Output, Statistic; Growth, Share, ...
    bind       a selection for one place and time: accounts, periods, regions
    engines    where the rows live: PostgreSQL (balances or postings) and a Parquet snapshot
    plan       many figures at once: one pass over the rows, one cube per dimension family
    service    the door for everybody else: FigureService.get, get_many, rows
    books      accounts by rule set, and the selections that figures start from
    budget_lines  the family of figures that every line of a budget has
    trace      a figure opened down to its source cells
    record     figures written down with the digest of the rows they came from
"""
