"""docs/configuration.md names each setting that is read from the environment, and none that is not."""

import re

from opener.embedded.folder import PROJECT

SETTINGS = (PROJECT / "opener" / "settings.py").read_text()
TABLES = (PROJECT / "docs" / "configuration.md").read_text()
OF_SCRIPTS = {"OPENER_PYTHON"}


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    read = set(re.findall(r"""\benv(?:\.\w+)?\(\s*["'](\w+)["']""", SETTINGS))
    documented = set(re.findall(r"^\| `(\w+)` \|", TABLES, re.MULTILINE))
    assert "SECRET_KEY" in read
    assert documented - OF_SCRIPTS == read


def test_a_setting_without_a_default_stands_among_the_required() -> None:
    without = set(re.findall(r'env\.\w+\("(\w+)"\)', SETTINGS))
    required = TABLES.split("## Optional")[0]
    assert without
    assert without <= set(re.findall(r"^\| `(\w+)` \|", required, re.MULTILINE))
