"""CPU time and memory of the workbook and the report of many documents.

    python benchmarks/exports.py out/demo --documents 1000

The folder holds results of `docpipe run`; they are repeated under other names until there are so many.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import resource
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lxml import etree
from machine import describe

from docpipe.batch.results_folder import open_results
from docpipe.batch.workbook import write_workbook
from docpipe.report.write import write_report

OFFICE, TABLE = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table"))


def repeat(given: Path, out: Path, documents: int) -> None:
    """Write so many results, each with a name of its own."""
    for number, result in enumerate(itertools.islice(itertools.cycle(list(open_results(given))), documents)):
        name = f"{number:05}-{Path(result.document.path).name}"
        (out / f"{name}.json").write_text(result.with_path(name).to_json(), encoding="utf-8")


def measure(work: Callable[[Path], object], out: Path) -> None:
    """Print what one piece of work takes, in a process of its own."""
    start = time.process_time()
    work(out)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{work.__name__}: {time.process_time() - start:.1f} s of CPU, {peak_mb:.0f} MB at the most", flush=True)


def workbook(out: Path) -> None:
    """Write the workbook."""
    write_workbook(out / "documents.xlsx", open_results(out))


def libreoffice(out: Path) -> None:
    """Open the workbook in LibreOffice and print the types of its cells, sheet by sheet."""
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{out}/profile", "--convert-to", "ods"]
    start = time.monotonic()
    subprocess.run([*command, "--outdir", str(out), str(out / "documents.xlsx")], check=True, capture_output=True)
    print(f"LibreOffice: {time.monotonic() - start:.1f} s until it is converted")
    with zipfile.ZipFile(out / "documents.ods") as archive:
        content = etree.fromstring(archive.read("content.xml"), etree.XMLParser(huge_tree=True))
    for sheet in content.iterfind(".//{*}table"):
        cells = list(sheet.iterfind(".//{*}table-cell"))
        types = Counter(value for cell in cells if (value := cell.get(f"{OFFICE}value-type")) is not None)
        formulas = sum(cell.get(f"{TABLE}formula") is not None for cell in cells)
        print(f"  {sheet.get(f'{TABLE}name')}: {dict(types)}, {formulas} formulas", flush=True)


def report(out: Path) -> None:
    """Write the report without pictures, which take what decoding the documents takes."""
    write_report(out, pictures=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("given", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    arguments = parser.parse_args()
    print(describe(), f"{arguments.documents} documents", sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        repeat(arguments.given, Path(folder), arguments.documents)
        for work in (workbook, *((libreoffice,) if shutil.which("soffice") else ()), report):
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(work, Path(folder)))
            process.start()
            process.join()
