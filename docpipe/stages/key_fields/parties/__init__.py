"""Seller and buyer, decided together.

Read in this order: `lines` (what each line of a page is), `blocks` (a name with its address), `finder` (where blocks
stand), `evidence` (what speaks for it being the seller's or the buyer's), `pairs` (one decision over all pairs) and
`belongings` (whose a tax number or a telephone number is).
"""

from docpipe.stages.key_fields.parties.belongings import assign_belongings
from docpipe.stages.key_fields.parties.pairs import Parties, decide_parties, party_candidates

__all__ = ["Parties", "assign_belongings", "decide_parties", "party_candidates"]
