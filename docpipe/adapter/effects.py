"""One sentence for each stage and action: what a reader of the result loses by a step down."""

from __future__ import annotations

EFFECTS = {
    ("text_detection", "swap_model"): "A lighter detector ran: faint or small lines may be missing.",
    ("text_detection", "reduce_input"): "The page was searched at a smaller size: small print may be missing.",
    ("text_detection", "disable"): "No text was searched for; only the page's text layer was read.",
    ("text_recognition", "swap_model"): "A lighter recogniser ran: single characters may be misread.",
    ("text_recognition", "reduce_input"): "Lines were read at a smaller size: single characters may be misread.",
    ("text_recognition", "disable"): "No line was read from the image; only the page's text layer was used.",
    ("table_structure", "swap_model"): "A lighter table model ran: spans may be wrong.",
    ("table_structure", "reduce_input"): "Tables were read at a smaller size: spans may be wrong.",
    ("table_structure", "rules"): "Tables come from rulings and alignment: spans may be wrong.",
    ("table_structure", "disable"): "No table was read; line items may be missing.",
    ("key_fields", "swap_model"): "A lighter field model ran: rare fields may be missing.",
    ("key_fields", "reduce_input"): "Fewer lines were searched for fields: rare fields may be missing.",
    ("key_fields", "rules"): "Fields come from rules: layouts that no rule describes may stay empty.",
    ("key_fields", "disable"): "No field was read; only the text is there.",
}


def effect_of(stage: str, action: str) -> str:
    """Return the sentence for a step down, or a general one for a stage added by a user."""
    return EFFECTS.get((stage, action), f"{stage} ran below its best rung.")
