"""Everything a developer runs, with nothing but Python 3.11 and its venv: `python3 scripts/dev.py COMMAND`.

app [ARGS…]    install the locked dependencies into .venv and open sent-tui
check          format, lint, types, import contracts, generated files and tests: what CI runs
test [ARGS…]   the tests alone
coverage       the tests of the core and the stores, with the branches that none of them takes
screenshots    draw the pictures of the README anew
lock           resolve the requirements files anew, with hashes and without addresses
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
APP, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"


def run(*command: str | Path) -> None:
    """Run a command from the project's root; stop with its exit code when it fails."""
    status = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment(), check=False).returncode
    if status:
        sys.exit(status)


def together(*commands: Sequence[str | Path]) -> None:
    """Run commands beside each other and print what those that fail say, one after the other; stop when any fails."""
    processes = [start(command) for command in commands]
    failed = []
    for command, process in zip(commands, processes, strict=True):
        output, _ = process.communicate()
        if process.returncode:
            failed.append(process.returncode)
            print(f"{Path(command[0]).name} {' '.join(map(str, command[1:]))}:", output, sep="\n", flush=True)
    if failed:
        sys.exit(failed[0])


def start(command: Sequence[str | Path]) -> subprocess.Popen[str]:
    """Start a command in the project's root; its output is kept in a pipe."""
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def environment() -> dict[str, str]:
    """Return the variables for a command: pip quiet, the tests free of the terminal's own settings.

    What is compiled is kept: else each of many processes compiles every module anew.
    """
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("TEXTUAL", "SENT_"))}
    for name in ("NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
        variables.pop(name, None)
    return variables | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def install(requirements: str) -> None:
    """Install the locked packages and sent-tui itself, unless just these are installed already."""
    files = [ROOT / name for name in (requirements, "pyproject.toml")]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    marker = ENVIRONMENT / f"installed-{requirements}"
    if PYTHON.exists() and marker.exists() and marker.read_text() == wanted:
        return
    print(f"Installing {requirements} into {ENVIRONMENT.name} …", file=sys.stderr, flush=True)
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")
    marker.write_text(wanted)


def app(arguments: list[str]) -> None:
    """Open sent-tui, or run one of its commands."""
    install(APP)
    sys.exit(subprocess.run([BIN / "sent-tui", *arguments], check=False).returncode)


def check(arguments: list[str]) -> None:
    """Run every check; the first that fails ends it."""
    install(DEVELOPMENT)
    run(BIN / "ruff", "format", "--check", "--quiet", ".")
    run(BIN / "ruff", "check", "--no-cache", "--quiet", ".")
    together(
        (BIN / "mypy", "--no-error-summary"),
        (BIN / "lint-imports", "--no-cache"),
        (PYTHON, "scripts/screenshots.py", "--check"),
        # The tests are compiled once here; later every process that runs some of them would do it for itself.
        (PYTHON, "-m", "pytest", "--collect-only", "--quiet", "--quiet", "--no-header"),
    )
    test(arguments)


def test(arguments: list[str]) -> None:
    """Run the tests on six processes: those of the screens wait half of their time."""
    install(DEVELOPMENT)
    run(PYTHON, "-m", "pytest", "-n", "6", "--maxschedchunk", "8", "--quiet", *arguments)


def coverage(arguments: list[str]) -> None:
    """Measure the branches of the core and the stores; fewer than 98 of 100 fail."""
    wanted = ("sent_tui.core", "sent_tui.store", "sent_tui.services", "sent_tui.gateways")
    measured = [f"--cov={package}" for package in wanted]
    test(["tests/unit", "tests/contract", *measured, "--cov-branch", "--cov-fail-under=98", *arguments])


def screenshots(arguments: list[str]) -> None:
    """Draw the README's pictures."""
    install(DEVELOPMENT)
    run(PYTHON, "scripts/screenshots.py", *arguments)


def lock(arguments: list[str]) -> None:
    """Resolve both requirements files."""
    install(DEVELOPMENT)
    run(PYTHON, "-m", "pip", "install", "--quiet", "uv")
    # The tests run the live gateway, the HTTP API and the app in a browser too, on servers of their own.
    tested = ("--extra", "sent", "--extra", "api", "--extra", "serve")
    for group, target, extras in (("build", APP, ()), ("dev", DEVELOPMENT, tested)):
        run(
            *(BIN / "uv", "pip", "compile", "pyproject.toml", "--group", group, *extras, "--universal"),
            # Pinned with their extras: else pip looks for the newest release of a package that another one wants so.
            *("--python-version", "3.11", "--generate-hashes", "--no-strip-extras", "--no-emit-index-url"),
            *("--no-header", "--quiet"),
            *("--output-file", target, *arguments),
        )


def main() -> None:
    """Run the command that was named."""
    commands = {
        "app": app,
        "check": check,
        "test": test,
        "coverage": coverage,
        "screenshots": screenshots,
        "lock": lock,
    }
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    main()
