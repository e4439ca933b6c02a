"""The report: what it says (sections of blocks) and how it is shown (HTML, PDF), kept apart.

`model` names the blocks; one module per section builds them from the facts of a case; `html` and
`pdf` show any document and know nothing of cases. Each sentence is therefore written once.
"""
