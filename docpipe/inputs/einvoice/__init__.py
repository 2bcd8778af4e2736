"""Structured invoices: XML that says exactly what an invoice says, in a file of its own or inside a PDF or OFD file.

`syntaxes.py` knows which there are and calls the reader of each: `cii.py`, `ubl.py`, `chinese.py`.
"""
