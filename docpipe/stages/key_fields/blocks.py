"""Blocks of lines: one below the other, aligned at the left, as addresses are printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from docpipe.stages.key_fields.layout import Cell


@dataclass
class Block:
    """Cells one below the other, aligned at the left."""

    cells: list[Cell] = field(default_factory=list)


def blocks_of(cells: Iterable[Cell]) -> list[Block]:
    """Group cells into blocks: each line begins where the one above begins and follows it closely."""
    blocks: list[Block] = []
    for cell in cells:
        for block in reversed(blocks[-40:]):
            last = block.cells[-1]
            gap = cell.box[1] - last.box[3]
            if (
                last.page == cell.page
                and abs(last.box[0] - cell.box[0]) < 0.9 * max(last.height, cell.height)
                and -0.5 * cell.height < gap < 1.6 * max(last.height, cell.height)
                and cell.row != last.row
            ):
                block.cells.append(cell)
                break
        else:
            blocks.append(Block([cell]))
    return blocks
