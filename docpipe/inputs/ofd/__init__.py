"""OFD files (GB/T 33190-2016), in which Chinese invoices come: a ZIP of XML for pages and, often, the invoice itself.

`package.py` reads what is inside within bounds, `content.py` a page's text and lines, `pages.py` makes pages of them.
"""
