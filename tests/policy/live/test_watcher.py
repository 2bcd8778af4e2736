"""Watching a policy file: content decides, a ConfigMap's symbolic links too, and an invalid file changes nothing."""

from __future__ import annotations

import os
import threading

import pytest

from docpipe.errors import ConfigError
from docpipe.files.yaml_file import load_model
from docpipe.policy import Plan, PolicyEngine, PolicySpec, StagePolicy
from docpipe.policy.live.watcher import PolicyWatcher, content_of


def load(path) -> Plan:
    file = path / "policy.yaml" if path.is_dir() else path
    return Plan.build(load_model(PolicySpec, file), {"table": (("main", "light"), StagePolicy())})


def watching(path, **more):
    engine = PolicyEngine(load(path))
    refused = []
    watcher = PolicyWatcher(path, load, engine.reload, on_refused=refused.append, **more)
    assert watcher.look() is False
    return engine, watcher, refused


def seed(engine) -> int:
    return engine.plan.seed


def test_changed_content_is_loaded_once(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("seed: 1")
    engine, watcher, _ = watching(path)
    path.write_text("seed: 2")
    assert [watcher.look(), watcher.look()] == [True, False]
    assert (seed(engine), engine.state().config_epoch) == (2, 1)


def test_a_touched_file_or_another_comment_changes_nothing(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("seed: 1")
    engine, watcher, _ = watching(path)
    os.utime(path, (1, 1))
    assert watcher.look() is False
    path.write_text("seed: 1  # a comment")
    assert watcher.look() is False
    assert engine.state().config_epoch == 0


def test_an_invalid_file_is_refused_with_its_lines_and_the_old_stays(tmp_path, caplog):
    path = tmp_path / "policy.yaml"
    path.write_text("seed: 1")
    engine, watcher, refused = watching(path)
    path.write_text("seed: 2\nprobes: {count: 1, pass: 2}\n")
    assert watcher.look() is False
    assert seed(engine) == 1
    assert isinstance(watcher.refused, ConfigError)
    assert f"{path}:2: probes: pass (2) is more than count (1)" in caplog.text
    watcher.look()
    assert refused == [watcher.refused]
    path.write_text("seed: 3")
    assert watcher.look() is True
    assert (watcher.refused, seed(engine)) == (None, 3)


def test_a_file_that_goes_away_changes_nothing(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("seed: 1")
    engine, watcher, refused = watching(path)
    path.unlink()
    assert watcher.look() is False
    assert (seed(engine), len(refused)) == (1, 1)
    path.write_text("seed: 4")
    assert watcher.look() is True


def test_refusing_needs_no_hook(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("seed: 1")
    engine = PolicyEngine(load(path))
    watcher = PolicyWatcher(path, load, engine.reload)
    path.write_text("seed: x")
    assert watcher.look() is False
    assert watcher.refused is not None


def config_map(root, version: int, text: str) -> None:
    """Write a file as the kubelet does: a new directory, then the link `..data` swapped by a rename."""
    data = root / f"..2026_{version}"
    data.mkdir(parents=True)
    (data / "policy.yaml").write_text(text)
    (root / "..tmp").symlink_to(data.name)
    os.replace(root / "..tmp", root / "..data")
    if not (root / "policy.yaml").is_symlink():
        (root / "policy.yaml").symlink_to("..data/policy.yaml")


@pytest.mark.parametrize("name", ["policy.yaml", "."])
def test_a_config_maps_swap_is_seen(tmp_path, name):
    """Watched as the file or as its directory: the link of the file itself never changes."""
    config_map(tmp_path, 1, "seed: 1")
    engine, watcher, _ = watching(tmp_path / name)
    config_map(tmp_path, 2, "seed: 2")
    assert watcher.look() is True
    assert seed(engine) == 2


def test_content_of_a_directory_is_names_and_bytes(tmp_path):
    (tmp_path / "a").write_text("x")
    first = content_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = content_of(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / ".hidden").write_text("y")
    assert first != second == content_of(tmp_path)
    assert content_of(tmp_path / "none") == b""


def test_a_hundred_changes_a_fifth_of_them_invalid(tmp_path):
    """Every valid one is in force at once, no invalid one ever is."""
    path = tmp_path / "policy.yaml"
    path.write_text("seed: 0")
    engine, watcher, refused = watching(path)
    for n in range(1, 101):
        path.write_text(f"seed: {n}" if n % 5 else f"seed: -{n}")
        watcher.look()
        assert seed(engine) == (n if n % 5 else n - 1)
    assert (len(refused), engine.state().config_epoch) == (20, 80)


@pytest.mark.parametrize("map_", [False, True])
def test_the_thread_sees_a_change_by_itself(tmp_path, map_):
    """A real watcher on a real directory; it ends when told."""
    path, seen = tmp_path / "policy.yaml", threading.Event()

    def write(version, text):
        if map_:
            config_map(tmp_path, version, text)
        else:
            path.write_text(text)

    write(1, "seed: 1")
    engine = PolicyEngine(load(path))

    def apply(plan):
        changed = engine.reload(plan)
        if plan.seed == 2:
            seen.set()
        return changed

    watcher = PolicyWatcher(path, load, apply, look_every_s=0.1)
    watcher.start()
    watcher.start()
    write(2, "seed: 2")
    assert seen.wait(60)
    watcher.stop()
    assert seed(engine) == 2
    assert not watcher._thread.is_alive()


def test_a_watcher_that_never_started_stops(tmp_path):
    (tmp_path / "policy.yaml").write_text("seed: 1")
    PolicyWatcher(tmp_path / "policy.yaml", load, lambda plan: False).stop()
