"""Chinese VAT invoices."""
