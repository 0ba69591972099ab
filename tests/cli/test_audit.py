"""``tierscope audit`` as a process: files, exit codes, and what works without the extra."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.dashboard.audit.conftest import write_private, write_public
from tests.evals.recordings import save_hierarchies

Command = Callable[..., subprocess.CompletedProcess[str]]
WITHOUT_EXTRA = "import sys; sys.modules['cryptography'] = None; sys.modules['jinja2'] = None"


@pytest.fixture
def audit(tmp_path: Path) -> Command:
    """Runs the command beside a store with two runs."""
    save_hierarchies(tmp_path / "tierscope.duckdb", [100, 200])

    def run(*arguments: str, without_extra: bool = False) -> subprocess.CompletedProcess[str]:
        program = f"{WITHOUT_EXTRA if without_extra else ''}\nfrom tierscope.cli import main; main()"
        command = [sys.executable, "-c", program, "audit", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_signed_bundle_is_verified_and_a_changed_one_is_not(audit: Command, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    write_private(key, tmp_path / "key.pem")
    write_public(key, tmp_path / "public.pem")
    exported = audit("export", "--run", "run-0", "--out", "bundle", "--sign", "key.pem")
    assert exported.returncode == 0, exported.stderr
    assert "on 1 run to bundle. Open bundle/report.html" in exported.stdout
    verified = audit("verify", "bundle", "--public-key", "public.pem")
    assert (verified.returncode, "bundle: unchanged" in verified.stdout) == (0, True)
    (tmp_path / "bundle/report.html").write_text("forged", encoding="utf-8")
    changed = audit("verify", "bundle", "--json")
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["problems"][0].startswith("report.html was changed")
    (tmp_path / "bundle/\x1b[2Jhidden").write_text("", encoding="utf-8")
    named = audit("verify", "bundle").stdout
    assert ("[2Jhidden was added" in named, "\x1b" in named) == (True, False)


def test_mistakes_are_one_line_and_exit_code_2(audit: Command, tmp_path: Path) -> None:
    for arguments, says in (
        (("export", "--run", "none"), "There is no run 'none'"),
        (("export", "--sign", "none.pem"), "The key none.pem cannot be read: No such file or directory."),
        (("verify", "nothing"), "nothing holds no audit bundle"),
    ):
        done = audit(*arguments)
        assert (done.returncode, done.stderr.count("\n"), says in done.stderr) == (2, 1, True), done.stderr
    assert not (tmp_path / "tierscope-audit").exists()


def test_without_the_extra_hashes_are_verified_and_the_rest_names_it(audit: Command, tmp_path: Path) -> None:
    write_private(Ed25519PrivateKey.generate(), tmp_path / "key.pem")
    assert audit("export", "--out", "bundle").returncode == 0
    verified = audit("verify", "bundle", without_extra=True)
    assert verified.returncode == 0, verified.stderr
    signing = audit("export", "--sign", "key.pem", "--out", "other", without_extra=True)
    assert (signing.returncode, "Signing a bundle needs the 'audit' extra" in signing.stderr) == (2, True)
    export = audit("export", "--out", "other", without_extra=True)
    assert (export.returncode, "An audit report needs the 'audit' extra" in export.stderr) == (2, True)
