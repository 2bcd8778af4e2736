"""Tables: where they are on a page, their rows, columns and spans, and the text in their cells."""

from docpipe.stages.table_structure.stage import SPEC, TableStructure, TableStructureSettings

__all__ = ["SPEC", "TableStructure", "TableStructureSettings"]
