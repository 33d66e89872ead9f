-- What domains ask of elements in sets, beside names: relations that are planned as a part of the statement
-- that asks (each is one select without settings of its own).

-- Accounts of a year's payees, and what kind of payee each belongs to.
create or replace function registry_account_kinds(year integer)
returns table (acct_no text, kind text) language sql stable as $$
    select a.acct_no, y.kind from registry_payee_account a
    join registry_payee y on y.payee_code = a.payee_code and y.fiscal_year = a.fiscal_year
    where a.fiscal_year = year
$$;

-- The other accounts of the payee of an account in a year.
create or replace function registry_accounts_beside(acct text, year integer)
returns table (acct_no text) language sql stable as $$
    select o.acct_no from registry_payee_account a
    join registry_payee_account o on o.payee_code = a.payee_code and o.fiscal_year = a.fiscal_year
    where a.acct_no = acct and a.fiscal_year = year and o.acct_no <> acct
$$;

-- The department of an agency in a year: one row, or none where the agency is unknown.
create or replace function registry_department(region text, year integer, agency text)
returns table (dept_code text) language sql stable as $$
    select a.dept_code from registry_agency a
    where a.mof_div_code = region and a.fiscal_year = year and a.agency_code = agency
$$;
