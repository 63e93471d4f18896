"""Digests: of bytes, files, folders, JSON values, and of the code that a module's result depends on."""

import ast
import hashlib
import json
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from line.paths import REPO

PACKAGES = ("josi", "line", "grammars", "training", "evals", "golden", "sims", "release")


def of_bytes(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def of_json(value: Any) -> str:
    """SHA-256 of the value's canonical JSON (sorted keys, no white space)."""
    return of_bytes(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode())


def of_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces; a file that was not touched since is not read again in this process."""
    found = path.stat()
    return _of_file(str(path), found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@cache
def _of_file(path: str, *_state: int) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - the key is a plain string
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_tree(root: Path, leave_out: Collection[str] = ()) -> str:
    """SHA-256 of a folder: every file's relative name and digest, in order, but for the names left out."""
    files = {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}
    return of_json([[name, of_file(files[name])] for name in sorted(files) if name not in leave_out])


def of_code(modules: Iterable[str]) -> str:
    """Digest of the named modules and of all of ours that they import, however deep.

    Comments, docstrings and formatting do not count, so that tidying a file does not retrain a model; data files
    do not count either and must be inputs of the recipe themselves.
    """
    seen: dict[str, str] = {}
    todo = list(modules)
    while todo:
        name = todo.pop()
        path = _source(name)
        if path is None or name in seen:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        seen[name] = _shape(path)
        todo.extend(_imports(tree))
    return of_json(seen)


@cache
def _shape(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]) and not isinstance(node, ast.Lambda):
            node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    return of_bytes(ast.dump(tree, include_attributes=False).encode())


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _source(name: str) -> Path | None:
    base = REPO.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _imports(tree: ast.Module) -> list[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.append(node.module)
            names.extend(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
    return [name for name in names if name.split(".")[0] in PACKAGES]
