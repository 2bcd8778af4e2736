"""A fingerprint of what a page looks like: near-same pictures have near-same bits, whatever their size and format.

The difference hash of Neal Krawetz ("Kind of Like That", hackerfactor.com, 2013), with 16 x 16 bits for a page:
each says whether a cell of the picture, shrunk to 17 x 16 cells, is lighter than the one to its right.
"""

from __future__ import annotations

import cv2

from docpipe.document import Image

SIDE = 16
BITS = SIDE * SIDE


def picture_hash(image: Image) -> str:
    """Return the fingerprint as 64 hexadecimal digits."""
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA)
    bits = (small[:, :-1] > small[:, 1:]).flatten()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):0{BITS // 4}x}"
