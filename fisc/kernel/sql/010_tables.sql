-- The ledger's tables. Rows are only ever added; corrections are red entries (红字).
-- Amounts are integers of 分. Signed amounts count debit as positive.

create schema if not exists ledger;

create table ledger.region (
    id            smallint generated always as identity primary key,
    mof_div_code  text not null unique check (mof_div_code ~ '^[0-9]{9}$')
);

-- A control account has a floor: what is available on it can never fall below. Every balance
-- starts at zero, so a floor is zero or an overdraft.
create table ledger.account (
    id            smallint generated always as identity primary key,
    book          text not null,
    code          text not null,
    name          text not null,
    class         text not null,
    normal_side   smallint not null check (normal_side in (1, -1)),
    floor_fen     bigint check (floor_fen <= 0),
    legal_source  text not null,
    is_verified   boolean not null,
    unique (book, code)
);

-- In which years an account is used: those of the rules that have it. One without a row is used in every year.
create table ledger.account_years (
    account_id  smallint primary key references ledger.account,
    first_year  smallint not null,
    last_year   smallint check (last_year >= first_year)
);

-- One row per combination of budget elements (要素组合), shared by all its postings.
create table ledger.coding (
    id                   integer generated always as identity primary key,
    fiscal_year          smallint not null,
    mof_div_code         text not null default '',
    fund_type_code       text not null default '',
    agency_code          text not null default '',
    dept_code            text not null default '',
    pro_code             text not null default '',
    exp_func_code        text not null default '',
    rev_func_code        text not null default '',
    tp_func_code         text not null default '',
    gov_bgt_eco_code     text not null default '',
    dep_bgt_eco_code     text not null default '',
    manage_mof_dep_code  text not null default '',
    bgt_mof_dep_code     text not null default '',
    bgt_type_code        text not null default '',
    source_type_code     text not null default '',
    is_advance           text not null default '',
    rec_div_code         text not null default '',
    budget_level_code    text not null default '',
    cor_bgt_doc_no       text not null default '',
    sup_bgt_doc_no       text not null default '',
    is_gov_purchase      text not null default '',
    pay_type_code        text not null default '',
    is_unified_pay       text not null default '',
    is_direct_fund       text not null default '',
    is_research          text not null default '',
    is_debt              text not null default '',
    is_capital           text not null default '',
    found_type_code      text not null default '',
    theme_code           text not null default '',
    table_part_code      text not null default '',
    scheme_code          text not null default '',
    debt_type_code       text not null default '',
    debt_move_code       text not null default '',
    relief_code          text not null default '',
    cut_scope_code       text not null default '',
    from_div_code        text not null default '',
    enterprise_code      text not null default '',
    equity_part_code     text not null default '',
    sector_code          text not null default '',
    loan_no              text not null default '',
    book_owner_code      text not null default '',
    is_last_year         text not null default '',
    is_reclassified      text not null default '',
    elements_key         uuid not null unique
);
-- Money is followed by the number of its source document: through every coding block that bears it.
create index coding_by_source on ledger.coding (sup_bgt_doc_no, fiscal_year) where sup_bgt_doc_no <> '';

create table ledger.document (
    id             bigint generated always as identity primary key,
    natural_key    text not null unique,
    kind           text not null,
    doc_no         text not null default '',
    title          text not null default '',
    region_id      smallint not null references ledger.region,
    fiscal_year    smallint not null,
    dated_on       date not null,
    source_name    text not null default '',
    source_sha256  text not null default '',
    payload        jsonb not null default '{}',
    recorded_at    timestamptz not null default clock_timestamp()
);

-- period = fiscal year * 100 + month; month 0 is the opening, 13 the year end.
create table ledger.period (
    region_id  smallint not null references ledger.region,
    period     integer not null check (period % 100 between 0 and 13),
    closed_at  timestamptz,
    primary key (region_id, period)
);

create sequence ledger.entry_id_seq as bigint;

create table ledger.entry (
    id             bigint primary key default nextval('ledger.entry_id_seq'),
    document_id    bigint not null,
    reverses_id    bigint,
    posted_at      timestamptz not null default clock_timestamp(),
    posted_xid     xid8 not null default pg_current_xact_id(),
    period         integer not null,
    business_date  date not null,
    region_id      smallint not null,
    line_count     smallint not null,
    natural_key    text not null unique,
    source_ref     text not null default '',
    rule_code      text not null default '',
    summary        text not null default ''
);
create index entry_by_document on ledger.entry (document_id);
create index entry_by_reversed on ledger.entry (reverses_id) where reverses_id is not null;

-- side tells the column: 1 借, -1 贷. amount_fen is signed, debit positive; a line is red
-- (红字) when amount_fen and side have different signs. No foreign keys: one statement
-- trigger checks a million lines at once, and nothing is ever deleted.
create table ledger.posting (
    entry_id    bigint not null,
    amount_fen  bigint not null,
    coding_id   integer not null,
    period      integer not null,
    account_id  smallint not null,
    line        smallint not null,
    side        smallint not null
);
-- Postings arrive in the order of their entries, so a block range index is enough there.
create index posting_by_entry on ledger.posting using brin (entry_id)
    with (pages_per_range = 32);
create index posting_by_cell on ledger.posting (account_id, coding_id, period);

-- What is available on each control account, by coding block, in the account's normal side.
create table ledger.balance (
    account_id   smallint not null,
    coding_id    integer not null,
    balance_fen  bigint not null,
    floor_fen    bigint not null,
    primary key (account_id, coding_id),
    constraint balance_not_below_floor check (balance_fen >= floor_fen)
) with (fillfactor = 70);

-- Cash that stands together (资金池): what several accounts say of a region's one purse, across books and years, and
-- never below its floor. What only tells of cash that others hold (published tables) moves none.
create table ledger.pool (
    id            smallint generated always as identity primary key,
    code          text not null unique check (code <> ''),
    name          text not null,
    told_by       text[] not null default '{}',
    legal_source  text not null,
    is_verified   boolean not null
);
create table ledger.pool_account (
    pool_id     smallint not null references ledger.pool,
    account_id  smallint not null references ledger.account,
    primary key (pool_id, account_id)
);
create index pool_account_by_account on ledger.pool_account (account_id);

-- A purse that was below zero before it had a floor has that as its floor, which rises with it.
create table ledger.pool_balance (
    pool_id      smallint not null references ledger.pool,
    region_id    smallint not null references ledger.region,
    balance_fen  bigint not null,
    floor_fen    bigint not null check (floor_fen <= 0),
    last_day     date not null,
    primary key (pool_id, region_id),
    constraint pool_not_below_floor check (balance_fen >= floor_fen)
) with (fillfactor = 50);

-- What a purse held at the end of each day before the last that was booked: below its floor on none of them.
create table ledger.pool_day (
    pool_id      smallint not null references ledger.pool,
    region_id    smallint not null references ledger.region,
    day          date not null,
    balance_fen  bigint not null,
    floor_fen    bigint not null check (floor_fen <= 0),
    primary key (pool_id, region_id, day),
    constraint pool_day_not_below_floor check (balance_fen >= floor_fen)
) with (fillfactor = 70);

-- Which entries the transaction of a session has written postings for: their ids only rise, so
-- no entry gets a second helping. It speaks of open transactions only, so no crash needs it.
create unlogged table ledger.writing (
    pid   integer primary key,
    xid   xid8 not null,
    upto  bigint not null
) with (fillfactor = 50);

-- When somebody last had a region's books to himself: what was known before is settled, nothing joins it.
create table ledger.settled (
    region_id   smallint primary key references ledger.region,
    settled_at  timestamptz not null
) with (fillfactor = 50);

-- Turnover of every account by coding block and period; its keys are also what proves that
-- accounts and coding blocks of postings exist. A row is split into slots so that
-- unrelated payments do not queue for the same row; readers add the slots up.
create table ledger.balance_month (
    account_id     smallint not null references ledger.account,
    coding_id      integer not null references ledger.coding,
    period         integer not null,
    slot           smallint not null,
    debit_fen      bigint not null,
    credit_fen     bigint not null,
    posting_count  bigint not null,
    primary key (account_id, coding_id, period, slot)
) with (fillfactor = 70);

-- One SM3 hash chain per region, and one called 'master' for accounts, codings and documents.
create table ledger.seal (
    chain          text not null,
    seq            integer not null check (seq >= 1),
    first_id       bigint not null,
    last_id        bigint not null,
    row_counts     jsonb not null,
    previous       text not null,
    digest         text not null,
    sealed_at      timestamptz not null default clock_timestamp(),
    primary key (chain, seq)
);

-- The chain of anchors: each link names the newest seal (number, digest) of every chain that grew since the link
-- before, and its moment in microseconds since 1970.
create table ledger.anchor (
    seq          integer primary key check (seq >= 1),
    anchored_us  bigint not null,
    heads        jsonb not null,
    previous     text not null,
    digest       text not null
);

-- What was closed, in the order in which it was: sealed with the master data.
create table ledger.closing (
    id         bigint generated always as identity primary key,
    region_id  smallint not null references ledger.region,
    period     integer not null,
    closed_at  timestamptz not null,
    unique (region_id, period)
);

-- The mark of a simulated ledger; see 060_simulation.sql.
create table ledger.simulation (
    is_only    boolean primary key default true check (is_only),
    title      text not null check (title <> ''),
    marked_at  timestamptz not null default clock_timestamp(),
    began_at   timestamptz not null,
    from_tick  bigint not null
);

-- Under the mark every reading of the clock is a microsecond later than the one before.
create sequence ledger.simulation_tick as bigint;

-- Entries of ledgers made before every entry had to name its document. The upgrade named one; what was
-- sealed, and what seals are proven from, is the document they named then (mostly none).
create table ledger.adopted (
    id                  bigint primary key,
    sealed_document_id  bigint,
    document_id         bigint not null
);

-- Documents that such a ledger knew already: the digest of what they said, which its row did not hold.
create table ledger.adopted_document (
    id       bigint primary key,
    content  text not null
);

-- Coding blocks that had a register item before its meanings had elements of their own: the item, the key
-- of then, and the element that took it. What was sealed of them is proven from this.
create table ledger.coding_before (
    id            integer primary key,
    item_code     text not null check (item_code <> ''),
    elements_key  uuid not null,
    element       text not null
);
