"""What speaks for an amount, and how much: one table for labels' places, payments and sums that fit.

A label's own score stands in its rule pack: 4.5 for one that names the sum asked for and nothing else, 1 for one that
may. The numbers here are shares of such scores, or scores beside them. They were chosen by hand on labelled receipts
and invoices; only their order matters much, and each line gives the reason for it.
"""

from __future__ import annotations

ADJACENT = 0.8
"""A label in the next row: rows are lost more seldom than labels are taken for another row's."""
HEADING = 0.7
"""A label above in a column: tables name their columns so, but so do tables of goods."""
WHOLE = 0.9
"""A number without decimals beside a label: it may count pieces."""
ROUNDED_TOTAL = 2.5
"""A label for a rounding beside a larger amount: it names the sum after it, less plainly than `total` (3)."""
REPEATED = 0.3
"""Each further label of the same value, as a share: a total is printed again on the slip of the card."""
DUE = 0.5
"""A sum still due, as a share: it is the total where nothing was paid before."""
DUE_AND_PAID = 2.0
"""A printed amount that is what is due and what was paid together: as good as a weak label."""
REFUND = 0.2
"""A negative total where most amounts are positive, as a share: it is a discount or what was paid."""
CASH = 0.35
"""An amount paid, as a share: without change it is the total."""
CASH_LESS_CHANGE = 2.0
"""A printed amount that is cash less change: as good as a weak label, and right where labels are lost."""
CASH_WITHOUT_CHANGE = 0.8
"""The same where the change is zero: every amount paid in full says so."""
TENDERED = 1.0
"""Taken from what was handed over, where change was given and no label calls it the total."""
ROUNDED = 1.5
"""Moved from the sum before its cash rounding to the one after it: more than two labels differ."""
SUBTOTAL = 1.3
"""A label for the total that scores no more names a sum before tax, which arithmetic may prove to be the net."""
UNLABELLED_NET = 0.5
"""A subtotal that is taken for the net where a tax makes it the total."""
FITS = 2.0
"""Amounts that add up to the total: as good as a weak label."""
BUILDS = 3.0
"""Rows, discount, charges and tax that make the total: a sum of four amounts does not fit by chance."""
SUM_OF_RATES = 1.8
"""The tax that is printed by rate alone: more than any single one can reach, for net and gross prove the sum."""
BY_ARITHMETIC = 0.6
"""A candidate without a label of its own that such a sum proves."""
FULL = 4.0
"""A score of a label that is worth a candidate's full score of 1."""
AGREES = 0.6
"""What is left of the doubt about a total for each further sum that makes it: sums share misread amounts."""
MOST_AGREED = 0.98
"""No agreement makes an amount surer than this: amounts that fit may all be of a part of the document."""
NAMES_THE_TOTAL = 3.0
"""A label that scores so much names the total of a document; less, a sum before tax or any amount."""
