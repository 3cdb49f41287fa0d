"""The house rules that no other tool holds."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 400
INLINE = re.compile(
    r"\sstyle\s*=|\son[a-z]+\s*=|<script(?![^>]*\ssrc=)|<style|javascript:|\{% ?block_?script"
)
REGISTRIES = re.compile(r"(pypi|pythonhosted|registry\.npmjs|deb\.debian|archive\.ubuntu)\.[a-z]+")


def tracked(*patterns: str) -> list[Path]:
    """The project's own files."""
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    paths = (ROOT / line for line in listed.stdout.splitlines())
    return [path for path in paths if path.is_file() and "vendor" not in path.parts]


def test_no_template_has_inline_script_style_or_handler() -> None:
    for path in tracked("*.html"):
        found = INLINE.search(path.read_text())
        assert not found, f"{path.relative_to(ROOT)}: {found.group(0)!r} breaks the Content-Security-Policy"


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py", "*.html", "*.css", "*.js")
        if "migrations" not in path.parts and (lines := path.read_text().count("\n")) > MOST_LINES
    }
    assert not long, f"split these by noun: {long}"


def test_no_file_names_a_package_registry() -> None:
    for path in tracked():
        if path.suffix in {".woff2", ".png", ".jpg", ".ico"} or path == Path(__file__):
            continue
        found = REGISTRIES.search(path.read_text(errors="replace"))
        assert not found, f"{path.relative_to(ROOT)} names {found.group(0)}"


def test_views_fetch_through_what_the_user_may_see() -> None:
    """`get_object_or_404(Model, …)` and `Model.objects.get(` in a view skip `visible_to` and `editable_by`."""
    unscoped = re.compile(r"get_object_or_404\(\s*[A-Z]\w+\s*,|\.objects\.get\(|\.objects\.all\(\)")
    for path in [*tracked("apps/*/views.py"), *tracked("apps/*/views/*.py"), *tracked("apps/*/*_views.py")]:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            assert not unscoped.search(line) or "# unscoped:" in line, (
                f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            )


def test_services_name_their_arguments() -> None:
    """A service that writes takes keywords only, so that no call confuses two people or two moments."""
    for path in tracked("apps/*/services.py"):
        for name, arguments in re.findall(r"^def ([a-z]\w*)\(([^)]*)\)", path.read_text(), re.MULTILINE):
            positional = arguments.split("*")[0].strip().rstrip(",") if "by:" in arguments else ""
            assert positional.count(":") <= 1, f"{path.relative_to(ROOT)}: {name} takes {positional}"
