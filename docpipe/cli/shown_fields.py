"""The key fields that are shown of every document, and the colour of each status."""

from __future__ import annotations

SHOWN = ("seller.name", "buyer.name", "issue_date", "invoice_number", "total_gross", "currency")
STYLES = {"ok": "green", "degraded": "yellow", "failed": "red", "refused": "red"}
