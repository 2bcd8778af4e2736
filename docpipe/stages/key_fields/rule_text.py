"""What the rule behind a field says, for `docpipe explain`."""

from __future__ import annotations

from docpipe.stages.key_fields.compiled_pack import CompiledPack, PackSet, shipped_packs


def rule_text(source_id: str, packs: PackSet | None = None) -> str | None:
    """Return what the rule of a field's `source_id` says, such as its labels; None for what is no single rule."""
    name, _, rest = source_id.partition(".")
    compiled = (packs or shipped_packs()).packs.get(name)
    if compiled is None:
        return None
    if rest in compiled.rules:
        rule = compiled.rules[rest]
        parts = [f"labels {', '.join(rule.labels)}"] if rule.labels else []
        return "; ".join([*parts, *([f"shape {rule.match}"] if rule.match else []), f"value {', '.join(rule.where)}"])
    return _amount_text(compiled, rest)


def _amount_text(compiled: CompiledPack, rest: str) -> str | None:
    kind, _, number = rest.partition(".")
    if kind != "amounts" or not number.isdigit() or not 0 < int(number) <= len(compiled.pack.amounts):
        return None
    rule = compiled.pack.amounts[int(number) - 1]
    return f"{rule.kind} (score {rule.score:g}) beside {', '.join(rule.match)}"
