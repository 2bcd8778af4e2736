"""The built wheel works from any directory, with the configs, rules and manifest that are inside it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


REPOSITORY = Path(__file__).parents[2]
SHIPPED = ("configs", "rules", "models")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from the tree with the build tools already installed."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (built,) = out.glob("docpipe-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder that holds the installed wheel and nothing else; its dependencies come from this environment."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True, text=True)
    return target


def python(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python from `cwd` with the installed wheel in front of everything, the checkout's own package too."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "120"}
    environment.pop("DOCPIPE_FAULTS", None)
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def docpipe(installed: Path, cwd: Path, *arguments: str) -> str:
    """Run the installed command and return what it printed."""
    done = python(installed, cwd, "-m", "docpipe", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_the_package_and_what_ships_with_it(wheel):
    """Every config, rule pack and manifest of the checkout is inside; of the tests the sample documents alone."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in SHIPPED:
        inside = {
            f"docpipe/{path.relative_to(REPOSITORY)}" for path in (REPOSITORY / kind).rglob("*") if path.is_file()
        }
        assert inside
        assert inside <= names
    samples = {f"docpipe/samples/images/{path.name}" for path in (REPOSITORY / "tests/samples/images").iterdir()}
    assert samples | {"docpipe/samples/labels.jsonl"} <= names
    tops = {name.split("/")[0] for name in names}
    assert all(top == "docpipe" or top.endswith(".dist-info") for top in tops), tops
    assert not any("__pycache__" in name for name in names)


def test_the_wheel_says_what_it_is(wheel):
    """Licence, readme and the command stand in the metadata."""
    archive = zipfile.ZipFile(wheel)
    entries = {name.split(".dist-info/")[1]: name for name in archive.namelist() if ".dist-info/" in name}
    metadata = archive.read(entries["METADATA"]).decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "licenses/LICENSE" in entries
    assert "docpipe = docpipe.cli:main" in archive.read(entries["entry_points.txt"]).decode()


def test_the_installed_package_is_the_one_that_runs(installed, tmp_path):
    """Guards the other tests of this file: none of them looks at the checkout by accident."""
    done = python(installed, tmp_path, "-c", "import docpipe; print(docpipe.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed), done


def example_module(page: str) -> str:
    """Return the Python examples of a page as one module, in which what a reader brings himself is declared."""
    blocks = re.findall(r"^```python\n(.*?)^```", (REPOSITORY / page).read_text(encoding="utf-8"), re.S | re.M)
    assert blocks
    return "from pathlib import Path\n\ndef store(path: str, text: str) -> None: ...\n\n" + "\n".join(blocks)


@pytest.fixture(scope="session")
def typed(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel installed, and this one's packages behind it."""
    root = tmp_path_factory.mktemp("typed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True)
    (site,) = root.glob("lib/python3.*/site-packages")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True, text=True)
    (site / "behind.pth").write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")
    return root


def type_check(typed: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Type-check `example.py` as a user of the installed package would."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MYPYPATH")}
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(typed / "bin" / "python")]
    command += ["--cache-dir", str(typed / "cache"), "example.py"]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", ["docs/embedding.md", "README.md", "README.zh-CN.md"])
def test_examples_of_embedding_are_well_typed_against_the_installed_wheel(typed, tmp_path, page):
    """`py.typed` is in the wheel, so a type checker takes docpipe's annotations from there."""
    (tmp_path / "example.py").write_text(example_module(page), encoding="utf-8")
    done = type_check(typed, tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_wrong_use_is_found_by_a_type_checker(typed, tmp_path):
    """Guards the test above: the types do come from the wheel, and are not all `Any`."""
    wrong = 'from docpipe import Pipeline\n\nwith Pipeline.from_config("invoice") as p:\n    p.run(3).status.upper(1)\n'
    (tmp_path / "example.py").write_text(wrong, encoding="utf-8")
    said = type_check(typed, tmp_path).stdout
    assert 'Argument 1 to "run" of "Pipeline" has incompatible type "int"' in said
    assert 'Too many arguments for "upper"' in said


def test_help_from_any_directory(installed, tmp_path):
    said = docpipe(installed, tmp_path, "--help")
    assert all(command in said for command in ("run", "check", "schema", "models", "rules", "explain", "doctor"))


def test_default_config_is_found_and_valid(installed, tmp_path):
    said = docpipe(installed, tmp_path, "check", "invoice")
    assert [line.split(":")[0] for line in said.splitlines()][:4] == [
        "text_detection",
        "text_recognition",
        "table_structure",
        "key_fields",
    ]


def test_every_shipped_config_is_valid(installed, tmp_path):
    listed = docpipe(installed, tmp_path, "check").splitlines()
    names = [line.split()[0] for line in listed]
    assert set(names) == {path.stem for path in (REPOSITORY / "configs").glob("*.yaml")}
    for name in names:
        docpipe(installed, tmp_path, "check", name)


def test_models_of_the_manifest_are_listed(installed, tmp_path):
    assert "PP-OCRv6_small_det" in docpipe(installed, tmp_path, "models", "list")


def test_schema_is_printed(installed, tmp_path):
    assert "schema_version" in json.loads(docpipe(installed, tmp_path, "schema"))["properties"]


def test_everything_but_the_laboratory_imports_with_the_base_package_alone(installed, tmp_path):
    """No engine and nothing of the extras is imported before it is used."""
    extras = ("paddle", "onnxruntime", "onnx", "pillow_heif", "shapely", "dateutil", "scipy", "jinja2")
    code = f"""
import importlib, pkgutil, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {extras!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import docpipe
names = [m.name for m in pkgutil.walk_packages(docpipe.__path__, "docpipe.") if not m.name.startswith("docpipe.lab")]
for name in names:
    if name != "docpipe.__main__":
        importlib.import_module(name)
print(len(names))
"""
    done = python(installed, tmp_path, "-W", "ignore", "-c", code)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 150


@pytest.mark.parametrize("code", ["import docpipe", "from docpipe.cli import main; main()"], ids=["import", "help"])
def test_neither_import_nor_help_loads_paddle(installed, tmp_path, code):
    """What `import docpipe` and `docpipe --help` cost is Python and a few small libraries."""
    heavy = ("paddle", "paddleocr", "paddlex", "onnxruntime", "cv2", "numpy", "docpipe.lab")
    watch = f"""
import resource, sys
sys.argv = ["docpipe", "--help"]
try:
    {code}
except SystemExit:
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
print(f"CPU {{used.ru_utime + used.ru_stime:.2f}} s", file=sys.stderr)
"""
    done = python(installed, tmp_path, "-c", watch)
    assert done.returncode == 0, done.stderr
    loaded, cpu = done.stderr.splitlines()[-2:]
    assert loaded == "[]"
    print(f"{code}: {cpu}")


@pytest.mark.models
def test_a_document_is_read_from_any_directory(installed, tmp_path):
    """The whole way, models included: an image of the samples gives its total."""
    sample = REPOSITORY / "tests" / "samples" / "images" / "receipt_bakery.png"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(sample.read_bytes())
    docpipe(installed, tmp_path, "run", "in", "--out", "out")
    result = json.loads((tmp_path / "out" / "a.png.json").read_text(encoding="utf-8"))
    assert result["status"] == "ok", result["degradations"]
    assert result["fields"]["total_gross"]["value"] == "14.55"
