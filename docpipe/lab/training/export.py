"""Writes fitted networks as one model directory, in Paddle's format and as an ONNX file."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import paddle
from paddle import nn
from paddle.static import InputSpec

from docpipe.errors import ModelError
from docpipe.lab.training.network import KeyFieldNet, Size
from docpipe.lab.training.onnx_graph import write_onnx
from docpipe.stages.key_fields.learned.about import ABOUT, MODEL_NAME, About
from docpipe.stages.key_fields.learned.features import NEAR
from docpipe.stages.key_fields.learned.texts import GRAMS, WORDS


class Ensemble(nn.Layer):
    """Several networks of one size whose logits are averaged; takes one document, gives the outputs by position."""

    def __init__(self, members: Sequence[KeyFieldNet]) -> None:
        super().__init__()
        self.members = nn.LayerList(list(members))

    def forward(self, ids: Any, dense: Any, near: Any, relation: Any) -> Any:
        """Return fields, absent, columns and links of a document without padding; see `KeyFieldNet.forward`."""
        mask = dense[:, :, 0] * 0.0
        outputs = [member(ids, dense, near, relation, mask) for member in self.members]
        means = []
        for place in range(len(outputs[0])):
            parts = [output[place] for output in outputs]
            means.append(paddle.add_n(parts) / float(len(parts)))
        return means[0], means[1], means[2], means[3]


def load_members(directory: Path, size: Size) -> list[KeyFieldNet]:
    """Return the networks of a model directory, to go on training them.

    Raises:
        ModelError: it holds none, or networks of another size.
    """
    about = About.read(directory)
    paddle.disable_static()  # a predictor in the same process may have left Paddle in static mode
    program = paddle.jit.load(str(directory / "inference"))
    values = {p.name.rpartition("_")[0]: p for p in program.parameters()}  # Paddle counts the loads in a suffix
    count = len({key.split(".")[1] for key in about.parameters})
    members = []
    for number in range(count):
        net = KeyFieldNet(size)
        head = f"members.{number}."
        state = {
            key.removeprefix(head): values.get(name) for key, name in about.parameters.items() if key.startswith(head)
        }
        for key, parameter in net.named_parameters():
            found = state.get(key)
            if found is None or found.shape != parameter.shape:
                raise ModelError(
                    f"{directory}: its networks are not of this docpipe's size ({key}): train with --base none"
                )
            parameter.set_value(found.numpy())
        members.append(net)
    if not members:
        raise ModelError(f"{directory}: about.json names no parameters: train with --base none")
    return members


def export(members: Sequence[KeyFieldNet], about: About, directory: Path, card: str = "") -> dict[str, str]:
    """Write a model directory in one step, replacing one of the same name; return the sha256 of each file."""
    ensemble = Ensemble(members)
    ensemble.eval()
    dense = members[0].size.dense
    inputs: dict[str, tuple[Literal["int64", "float32"], tuple[int, ...]]] = {
        "ids": ("int64", (1, -1, WORDS + GRAMS)),
        "dense": ("float32", (1, -1, dense)),
        "near": ("int64", (1, -1, NEAR)),
        "relation": ("int64", (1, -1, -1)),
    }
    specs = [
        InputSpec([size if size > 0 else None for size in shape], kind, name=name)
        for name, (kind, shape) in inputs.items()
    ]
    names = {key: parameter.name for key, parameter in ensemble.named_parameters()}
    about = about.model_copy(update={"inputs": inputs, "parameters": names})
    directory.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about places, while Paddle traces the program
            paddle.jit.save(ensemble, str(scratch / "inference"), input_spec=specs)
        for extra in scratch.glob("inference.*"):
            if extra.suffix not in (".json", ".pdmodel", ".pdiparams"):
                extra.unlink()
        weights = [{key: value.numpy() for key, value in member.named_parameters()} for member in members]
        write_onnx(weights, members[0].size.heads, scratch / "inference.onnx")
        (scratch / "inference.yml").write_text(f"Global:\n  model_name: {MODEL_NAME}\n", encoding="utf-8")
        (scratch / ABOUT).write_text(about.model_dump_json(indent=1) + "\n", encoding="utf-8")
        if card:
            (scratch / "README.md").write_text(card, encoding="utf-8")
        for path in sorted(scratch.iterdir()):
            path.chmod(0o644)
        scratch.chmod(0o755)
        grave = scratch.with_name(scratch.name + "-old")
        if directory.exists():
            os.rename(directory, grave)
        os.rename(scratch, directory)
        shutil.rmtree(grave, ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())}
