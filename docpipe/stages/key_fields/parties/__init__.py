"""Seller and buyer, decided together.

Read in this order: `lines` (what each line of a page is), `blocks` (a name with its address), `page_lines`, `finder`
and `lone_names` (where blocks stand), `evidence` (what speaks for it being the seller's or the buyer's), `pairs` (one
decision over all pairs), `party_values` (the names and addresses of the two, and what is doubtful about them) and
`numbers` (whose a tax number or a telephone number is).
"""

from docpipe.stages.key_fields.parties.numbers import assign_numbers
from docpipe.stages.key_fields.parties.pairs import DecidedParties, decide_parties
from docpipe.stages.key_fields.parties.party_values import party_candidates

__all__ = ["DecidedParties", "assign_numbers", "decide_parties", "party_candidates"]
