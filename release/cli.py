"""The `josi` command.

Exit codes: 0 done, 1 checked and found wanting, 2 bad input, 3 something missing, 4 a stage failed.
"""

from __future__ import annotations

import sys

import typer
from docker.errors import DockerException
from rich.console import Console

from line.errors import JosiError, StageError
from release.commands import device, doctor, evaluate, make, phones, releases, serve, standin, vectors

INTERRUPTED = 130  # what typer makes of ctrl-C

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Josi's release harness.")
app.command("doctor")(doctor.doctor)
app.command("data")(make.data)
app.command("train")(make.train)
app.command("convert")(make.convert)
app.add_typer(evaluate.app, name="eval")
app.command("run")(serve.run)
app.add_typer(vectors.app, name="vectors")
app.command("sim")(phones.sim)
app.add_typer(device.app, name="device")
app.add_typer(standin.app, name="standin")
app.add_typer(releases.app, name="release")


def main() -> None:
    """Runs the command; an error meant for a person is one message on stderr."""
    to = Console(stderr=True)
    try:
        app()
    except JosiError as error:
        to.print(f"{type(error).__name__}: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except (OSError, DockerException) as error:  # of the system, not of our making: full, read-only, gone
        to.print(f"StageError: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(StageError.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            to.print("Stopped. Run the same command again to go on where it stood.")
        raise


if __name__ == "__main__":
    main()
