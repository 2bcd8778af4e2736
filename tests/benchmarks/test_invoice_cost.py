"""What an invoice costs is measured on the documents of a folder, whatever else lies there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.models
@pytest.mark.parametrize("against", [(), ("--against", str(ROOT))], ids=["alone", "beside-a-checkout"])
def test_labels_may_lie_beside_the_documents(tmp_path, against):
    folder = tmp_path / "set"
    (folder / "images").mkdir(parents=True)
    (folder / "aaa.jsonl").write_text("{}\n", encoding="utf-8")  # sorted before every document
    shutil.copy(ROOT / "tests/samples/images/receipt_cafe.jpg", folder / "receipt.jpg")
    shutil.copy(ROOT / "tests/samples/images/receipt_cafe.jpg", folder / "images" / "receipt.jpg")
    command = [sys.executable, "-W", "ignore", "benchmarks/invoice_cost.py", str(folder), "--runs", "1", *against]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^text_detection +[1-9]", done.stdout, re.M)
    assert done.stdout.count("set, 2 documents, ") == len(against)
