"""Findings about messages go into the one list of findings (fisc/documents/findings.py)."""

from django.db import migrations

#: As `fisc.banking.services.messages` keeps them; those that were resolved are closed. The id is put right when
#: the upgrade records the documents of 0.1.0 in the ledger's directory.
MOVE = """
insert into documents_finding (id, doc_key, mof_div_code, fiscal_year, state, trail, rule_id, name,
    what, source, document, about, amount_fen, against_fen, evidence, hint, refuses)
select -1000000000 - row_number() over (), 'message.' || kind || '-' || finding_key, mof_div_code, extract(year from found_on),
       case when resolved_on is null then 'open' else 'closed' end,
       jsonb_build_array(jsonb_build_array('make', 1, 'fisc', found_on::text, ''))
       || case when resolved_on is null then '[]' else jsonb_build_array(jsonb_build_array('lapse', 1, 'fisc',
              resolved_on::text, resolution)) end,
       'message.' || kind, kind, words, '', pay_cert_no, bank_ref, ours_fen, theirs_fen,
       array['message:' || message_id], '', false
from treasury_message_finding
"""


class Migration(migrations.Migration):

    dependencies = [("banking", "0001_initial"), ("documents", "0002_findings")]

    operations = [migrations.RunSQL(MOVE), migrations.DeleteModel("MessageFinding")]
