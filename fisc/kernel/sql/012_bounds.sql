-- What a row of the ledger may hold, whatever code writes it: constraints, which hold where no trigger is asked. A day
-- that no program can read, or an amount that no sum can bear, would stop every seal and export after it.

-- One constraint a table that is posted to: each is read anew by every statement. That a day is of its period, which takes
-- more to say, is seen by the guard of entries.
alter table ledger.entry
    drop constraint if exists entry_line_count_check, drop constraint if exists entry_natural_key_check,
    drop constraint if exists entry_in_bounds, add constraint entry_in_bounds check (
        line_count >= 2 and natural_key <> '' and business_date between '1949-10-01' and '2199-12-31');
alter table ledger.posting
    drop constraint if exists posting_amount_fen_check, drop constraint if exists posting_side_check,
    drop constraint if exists posting_in_bounds, add constraint posting_in_bounds check (
        amount_fen <> 0 and side in (1, -1)
        and amount_fen between -4611686018427387904 and 4611686018427387904);
alter table ledger.document
    drop constraint if exists day_of_paper, add constraint day_of_paper check (dated_on between '1949-10-01' and '2199-12-31'),
    drop constraint if exists year_of_books, add constraint year_of_books check (fiscal_year between 1949 and 2199),
    drop constraint if exists known_in_time, add constraint known_in_time check (isfinite(recorded_at));
alter table ledger.coding drop constraint if exists year_of_books, add constraint year_of_books
    check (fiscal_year between 1949 and 2199);
alter table ledger.period
    drop constraint if exists year_of_books, add constraint year_of_books check (period / 100 between 1949 and 2199),
    drop constraint if exists closed_in_time, add constraint closed_in_time check (isfinite(closed_at));
alter table ledger.seal drop constraint if exists sealed_in_time, add constraint sealed_in_time
    check (isfinite(sealed_at));
