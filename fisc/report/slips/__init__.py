"""Slips (单证): what one document prints as, a form of one table, as .pdf, .docx and .html.

`fisc.report.slips.model` says what a form is; `vouchers` and `certificates` make it of what use cases answer;
`fisc.report.printed` says which use cases print.
"""
