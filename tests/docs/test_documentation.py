"""What the documentation names is there, and what is there is named in it."""

from __future__ import annotations

import ast
import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from docpipe.cli.app import app
from docpipe.config import PipelineConfig, load_config
from docpipe.errors import ExitCode
from docpipe.result import STAGE_NAMES

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests" / "samples" / "README.md"])
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
COMMANDS = typer.main.get_command(app).commands


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fenced(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the pydantic models in a type, however it is wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from models_in(argument)


def keys(model: type[BaseModel], seen: frozenset[type] = frozenset()) -> Iterator[str]:
    """Yield every key that a pipeline file may hold, at any depth."""
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in models_in(field.annotation):
            if inner not in seen:
                yield from keys(inner, seen | {inner})


def test_every_key_of_a_pipeline_file_is_explained():
    explained = set(re.findall(r"[A-Za-z_0-9]+", " ".join(re.findall(r"`([^`\n]+)`", text("docs/configuration.md")))))
    assert sorted(set(keys(PipelineConfig)) - explained) == []


@pytest.mark.parametrize("page", [page for page in PAGES if fenced(page, "yaml")], ids=lambda page: page.name)
def test_ladders_in_the_documentation_are_valid(page, tmp_path):
    """A `stages:` example is a pipeline file once the stages it leaves out are filled in."""
    shipped = text("configs/invoice.yaml")
    for block in fenced(page, "yaml"):
        if not block.startswith("stages:"):
            continue
        shown = set(re.findall(r"^  ([a-z_]+):", block, re.MULTILINE)) & set(STAGE_NAMES)
        parts = re.split(r"^  (?=[a-z_]+:\s*$)", shipped.split("stages:\n")[1], flags=re.MULTILINE)
        others = ["  " + part for part in parts if part.split(":")[0] in set(STAGE_NAMES) - shown]
        file = tmp_path / "shown.yaml"
        file.write_text(block.rstrip() + "\n" + "".join(others), encoding="utf-8")
        load_config(file)


def params_of(command: typing.Any) -> list[typing.Any]:
    """Return the options and arguments of a command, or of all commands of a group."""
    commands = getattr(command, "commands", None) or {"": command}
    return [param for one in commands.values() for param in one.params]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_explained(name):
    page = text("docs/cli.md")
    options = {o for param in params_of(COMMANDS[name]) for o in param.opts if o.startswith("--") and o != "--help"}
    assert f"docpipe {name}" in page
    assert sorted(option for option in options if option not in page) == []
    for command in getattr(COMMANDS[name], "commands", ()):
        assert f"{name} {command}" in page


@each_page
def test_commands_in_the_documentation_exist(page):
    """Every `docpipe COMMAND` and `--option` that stands in code is one that docpipe has."""
    content = page.read_text(encoding="utf-8")
    code = re.findall(r"^(?: {4,}|\t)(.+)$", content, re.MULTILINE) + re.findall(r"`([^`\n]+)`", content)
    code += [
        line
        for block in re.findall(r"^```\w*\n(.*?)^```", content, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    for line in code:
        for name, rest in re.findall(r"\bdocpipe ([a-z]+)\b([^|;]*)", re.sub(r"^.*?\$ ", "", line)):
            if name not in COMMANDS:
                assert not line.lstrip("$ ").startswith("docpipe "), line
                continue
            known = {o for param in params_of(COMMANDS[name]) for o in (*param.opts, *param.secondary_opts)} | {
                "--help"
            }
            assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest)) <= known, line


@each_page
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            assert (page.parent / target.split("#")[0]).exists(), target


@each_page
def test_files_named_in_the_documentation_exist(page):
    """A path in code that begins with a folder of the repository leads to something in it."""
    roots = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ("out", "dist", "build")}
    for target in re.findall(r"`([a-z_.]+/[\w./-]*)`", page.read_text(encoding="utf-8")):
        if target.split("/")[0] in roots and page.name not in ("RESULTS.md", "CHANGELOG.md"):
            if Path(target).stem in ("MACHINE", "NAME"):
                continue  # stands for any
            assert (ROOT / target).exists(), target


def defined_in(path: str) -> set[str]:
    """Return the names of functions, classes and variables that a module defines, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text(path))):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
    return names


def test_functions_named_by_the_architecture_stand_where_it_says():
    """After a module's path, in brackets, stand names that it defines: a rename must reach this page, too."""
    page = text("docs/architecture.md")
    named = [
        (path, name)
        for path, inner in re.findall(r"`(docpipe/[\w/]+\.py)` \(([^)]*)\)", page)
        for name in re.findall(r"`([A-Za-z_][\w.]*)`", inner)
    ]
    named += [(path, name) for name, path in re.findall(r"`([A-Za-z_][\w.]*)` in `(docpipe/[\w/]+\.py)`", page)]
    assert len(named) > 20
    assert [(path, name) for path, name in named if not set(name.split(".")) <= defined_in(path)] == []


def test_every_package_of_the_architecture_has_its_place():
    """The layers that lint-imports holds stand in docs/architecture.md, each with what it is for."""
    layers = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]["layers"]
    page = text("docs/architecture.md").split("## Who may import whom")[1]
    rooms = re.findall(r"^\| (`[^|]*(?:\\\|[^|]*)*) \|", page, re.MULTILINE)
    named = [re.findall(r"`(\w+)`", room) for room in rooms]
    assert named == [layer.split(" | ") for layer in layers if layer != "__main__"]


def test_the_licence_of_every_package_is_stated():
    page = text("docs/licences.md")
    listed = set(re.findall(r"^\| ([\w.-]+) \|", page, re.MULTILINE))
    pinned = re.findall(r"^([\w.-]+)==", text(".ci/constraints.txt"), re.MULTILINE)
    assert sorted({re.sub(r"[-_.]+", "-", name).lower() for name in pinned} - listed) == []
    assert not re.search(r"(?<!L)A?GPL(?! or AGPL)|not stated", page.replace("GPL or AGPL", ""))


def test_every_exit_code_is_explained():
    table = text("docs/cli.md").split("## Exit codes")[1]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {int(code) for code in ExitCode}


def test_every_error_code_of_a_result_is_explained():
    """The codes that stages and inputs can end with stand in docs/errors.md."""
    import docpipe.errors as errors

    codes = {c.code for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.DocpipeError)}
    page = text("docs/errors.md")
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


def test_make_targets_in_the_documentation_exist():
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    for page in PAGES:
        code = re.findall(r"`([^`\n]+)`|^ {4}(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        named = {
            name for pair in code for part in pair for name in re.findall(r"^(?:PYTHON=\S+ )?make ([a-z-]+)\b", part)
        }
        assert named <= targets, page.name


def test_no_merge_is_left_half_done() -> None:
    """A merge that was not finished leaves its marks in the text."""
    marks = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")]
    files += [*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "configs").rglob("*.yaml")]
    assert not [str(file) for file in files if marks.search(file.read_text(encoding="utf-8"))]
