"""Alerts of monitoring rules go into the one list of findings (fisc/documents/findings.py)."""

from django.db import migrations

#: The key is that of `Finding.key`; who found it is the system. The id is put right when the upgrade records
#: the documents of 0.1.0 in the ledger's directory.
MOVE = """
insert into documents_finding (id, doc_key, mof_div_code, fiscal_year, state, trail, rule_id, name,
    what, source, document, about, amount_fen, evidence, hint, refuses)
select -row_number() over (), a.rule_id || '-' || left(encode(sha256(convert_to(concat_ws(chr(10), a.rule_id, p.mof_div_code,
           p.fiscal_year::text, p.doc_key, ''), 'UTF8')), 'hex'), 12),
       p.mof_div_code, p.fiscal_year, 'open', jsonb_build_array(jsonb_build_array('make', 1, 'fisc',
           a.raised_on::text, '')), a.rule_id, a.rule_id, a.message, '', p.doc_key, '', p.amount_fen,
       '{}', a.control, false
from treasury_alert a join treasury_payment p on p.doc_key = a.pay_app_no
"""


class Migration(migrations.Migration):

    dependencies = [("treasury", "0004_banking_and_cash_leave"), ("documents", "0002_findings")]

    operations = [migrations.RunSQL(MOVE), migrations.DeleteModel("MonitoringAlert")]
