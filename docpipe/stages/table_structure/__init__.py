"""Tables: where they are on a page, their rows, columns and spans, and the text in their cells."""

from docpipe.stages.table_structure.stage import TableStructure, TableStructureSettings

__all__ = ["TableStructure", "TableStructureSettings"]
