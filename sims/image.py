"""The device image: a bare Debian root with Python and NumPy, made from the host's own package sources.

No registry is needed: mmdebstrap unpacks a few packages into a tar file (6 seconds) and Docker imports it.
The root is of the host's own release, so the host's llama.cpp build finds the C library it was linked with.
Nothing of ours is inside; code and models are mounted, so the image is built once a machine.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound

from line.errors import JosiError, MissingError, StageError
from sims.engine import ensure, host_lock

REPOSITORY = "josi-phone"
PACKAGES = (
    "libc6",
    "libgomp1",
    "libstdc++6",
    "python3",
    "python3-jsonschema",
    "python3-minimal",
    "python3-numpy",
    "python3-typing-extensions",
)
# Packages are unpacked, not configured: Debian's alternatives for BLAS and LAPACK are named here instead.
ENVIRONMENT = (
    "LD_LIBRARY_PATH=/usr/lib/{arch}-linux-gnu/blas:/usr/lib/{arch}-linux-gnu/lapack",
    "PYTHONDONTWRITEBYTECODE=1",
    "PYTHONPATH=/app",
    "PATH=/usr/bin:/bin",
)
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/i18n/*")
_LABEL = "org.josi.phone-image"
_TIMEOUT_S = 600


def ensure_image(client: docker.DockerClient) -> str:
    """The image's tag, `josi-phone:<digest of the recipe>`; built if this machine does not have it.

    Raises:
        MissingError: mmdebstrap or the package sources are missing.
        StageError: packages could not be fetched, or Docker refused the result.
    """
    codename = _codename(Path("/etc/os-release").read_text(encoding="utf-8"))
    sources = distribution_sources(_source_files(Path("/etc/apt")), codename)
    tag = f"{REPOSITORY}:{recipe_digest(codename, sources)}"
    with host_lock("phone-image"):
        if not _has(client, tag):
            _build(client, tag, codename, sources)
    return tag


def recipe_digest(codename: str, sources: str) -> str:
    """Twelve hex digits of everything that decides what the image holds."""
    recipe = "\n".join((platform.machine(), codename, sources, *PACKAGES, *ENVIRONMENT, *_LEFT_OUT, "variant=extract"))
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def distribution_sources(texts: list[str], codename: str) -> str:
    """The distribution's own stanzas among apt's source files, in deb822 form and one-line form alike.

    Third-party sources are left out: their suites do not start with the release's codename.

    Raises:
        MissingError: there is none.
    """
    own = re.compile(rf"{re.escape(codename)}(-\S+)?")
    kept: list[str] = []
    for text in texts:
        body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
        for stanza in re.split(r"\n\s*\n", body):
            suites = re.search(r"^Suites:\s*(.+)$", stanza, re.MULTILINE)
            if suites and "deb" in stanza.lower() and all(own.fullmatch(s) for s in suites[1].split()):
                kept.append(stanza.strip() + "\n")
        kept += [_as_stanza(m) for m in _ONE_LINE.finditer(body) if own.fullmatch(m["suite"])]
    if not kept:
        raise MissingError(f"/etc/apt names no package source of {codename}; the device image is made from it.")
    return "\n".join(kept)


_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+?)\s*$",
    re.MULTILINE,
)


def _as_stanza(line: re.Match[str]) -> str:
    signed = re.search(r"signed-by=(\S+)", line["options"] or "")
    key = f"Signed-By: {signed[1]}\n" if signed else ""
    return f"Types: deb\nURIs: {line['uri']}\nSuites: {line['suite']}\nComponents: {line['components']}\n{key}"


def _source_files(apt: Path) -> list[str]:
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    return [f.read_text(encoding="utf-8") for f in files if f.is_file() and f.suffix in (".list", ".sources")]


def _codename(os_release: str) -> str:
    found = re.search(r'^VERSION_CODENAME="?([\w-]+)"?$', os_release, re.MULTILINE)
    if not found:
        raise MissingError("/etc/os-release names no VERSION_CODENAME: the device image needs Debian or Ubuntu.")
    return found[1]


def _has(client: docker.DockerClient, tag: str) -> bool:
    try:
        client.images.get(tag)
    except ImageNotFound:
        return False
    return True


def _build(client: docker.DockerClient, tag: str, codename: str, sources: str) -> None:
    if not shutil.which("mmdebstrap"):
        raise MissingError(
            "mmdebstrap, which makes the device image, is missing. Run `sudo apt-get install mmdebstrap`."
        )
    with tempfile.TemporaryDirectory(prefix="josi-image-") as folder:
        listed, root = Path(folder) / "phone.sources", Path(folder) / "root.tar"
        listed.write_text(sources, encoding="utf-8")
        _mmdebstrap(codename, listed, root)
        env = [f"ENV {entry.format(arch=platform.machine())}" for entry in ENVIRONMENT]
        repository, version = tag.split(":")
        try:
            client.api.import_image_from_file(
                str(root), repository=repository, tag=version, changes=[*env, f"LABEL {_LABEL}=1"]
            )
            client.images.get(tag)
        except DockerException as error:
            raise StageError(f"Docker refused the device image (is its disk full?): {error}") from error


def _mmdebstrap(codename: str, sources: Path, target: Path) -> None:
    command = ["mmdebstrap", "--variant=extract", f"--include={','.join(PACKAGES)}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    command += [codename, str(target), str(sources)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise StageError(f"mmdebstrap took over {_TIMEOUT_S} s: is the package mirror reachable?") from error
    if done.returncode != 0:
        tail = " | ".join(done.stderr.strip().splitlines()[-6:])
        raise StageError(
            f"mmdebstrap could not make the device image (exit {done.returncode}): {tail}. "
            "Check the network and `apt-get update`."
        )


def main() -> int:
    """Makes Engine and image ready; says what is missing and returns the error's exit code if they cannot be."""
    try:
        print(ensure_image(ensure()))
    except JosiError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
