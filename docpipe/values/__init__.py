"""Text, dates, amounts and identifiers as documents print them, brought into one form. Knows nothing of documents."""
