"""`josi release`: the gate, keys, signing and verifying."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from release.commands.options import BaseDir, Data, make_line
from release.keys import keygen, load_private, passphrase, trusted_public
from release.report import console, print_verify
from release.ship import ship
from release.sign import sign
from release.summary import print_run
from release.verify import verify

app = typer.Typer(no_args_is_help=True, help="The ship gate, keys, signing and verifying.")
Folder = Annotated[Path, typer.Argument(help="a release directory")]
PublicKey = Annotated[Path | None, typer.Option("--public-key", help="the key to trust (or JOSI_RELEASE_PUBLIC_KEY)")]


@app.command("gate")
def gate(
    key: Annotated[Path | None, typer.Option("--key", help="the private key that signs a release that ships")] = None,
    prompts: Annotated[int | None, typer.Option(help="judge only N prompts of each set")] = None,
    retrain: Annotated[bool, typer.Option("--retrain", help="train where no current checkpoint is there")] = False,
    force: Annotated[bool, typer.Option("--force", help="replace a production release")] = False,
    data: Data = None,
    base_dir: BaseDir = None,
) -> None:
    """Runs the line and ends in SHIP (exit code 0) or BLOCKED (1); the same as `pytest -m release`."""
    line = make_line(key=key, prompts=prompts, retrain=retrain or None, data=data, base_dir=base_dir)
    made = ship(line, force=force)
    print_run(line, made)
    raise typer.Exit(0 if made.gate.ships else 1)


@app.command("keygen")
def make_key(
    path: Annotated[Path, typer.Argument(help="where the private key goes, outside any repository")],
) -> None:
    """Makes an Ed25519 key pair: PATH (private, mode 0600) and PATH.pub; JOSI_RELEASE_KEY_PASSPHRASE encrypts it."""
    keygen(path, passphrase())
    Console().print(f"private: {path}\npublic:  {path}.pub", soft_wrap=True)


@app.command("sign")
def sign_release(
    folder: Folder,
    key: Annotated[Path, typer.Option("--key", help="the private key")],
    public_key: PublicKey = None,
) -> None:
    """Signs a release that ships with a production key; refuses a blocked or altered one."""
    sign(folder, load_private(key, passphrase()), trusted=trusted_public(public_key))
    Console().print(f"signed {folder}", soft_wrap=True)


@app.command("verify")
def verify_release(
    folder: Folder,
    public_key: PublicKey = None,
    for_shipping: Annotated[
        bool, typer.Option("--for-shipping", help="refuse development and blocked releases")
    ] = False,
) -> None:
    """Checks every byte of a release; names each altered, missing or extra file; exit code 1 if any."""
    report = verify(folder, trusted_public(public_key), for_shipping=for_shipping)
    print_verify(report, console())
    raise typer.Exit(0 if report.ok else 1)
