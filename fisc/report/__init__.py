"""Reports: sentences over figures, rendered to .docx, .html and .pdf.

`template.compose` turns a template and a source of figures into a `model.Report`;
`docx.render`, `html.render` and `pdf.render` turn that into bytes. The same ledger gives
the same bytes.
"""
