"""Invoices, orders, bills and field lists of letter size."""
