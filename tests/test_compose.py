"""docker-compose.yml and the Dockerfile hold what script/server starts, and no secret."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from opener.embedded import processes
from opener.embedded.folder import PROJECT

TEXT = (PROJECT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = ("web", "worker", "beat", "migrate")
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "SMTP_URL")


def test_each_process_of_script_server_is_a_service_with_the_same_command() -> None:
    commands = {**processes.APPLICATION, "web": processes.web("0.0.0.0:8000")}
    assert {name: SERVICES[name]["command"] for name in commands} == {
        name: list(command) for name, command in commands.items()
    }
    assert set(SERVICES) == {*commands, "migrate", "postgres", "redis"}


def test_the_image_serves_by_the_same_command() -> None:
    line = next(line for line in (PROJECT / "Dockerfile").read_text().splitlines() if line.startswith("CMD "))
    assert json.loads(line.removeprefix("CMD ")) == processes.web("0.0.0.0:8000")


@pytest.mark.parametrize("name", [*OURS[:3], "postgres", "redis"])
def test_every_lasting_service_restarts_and_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS[:3])
def test_the_application_waits_for_migrations(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_what_must_last_is_on_a_volume(name: str) -> None:
    volumes = yaml.safe_load(TEXT)["volumes"]
    assert [volume.split(":")[0] for volume in SERVICES[name]["volumes"]] == [name]
    assert name in volumes


@pytest.mark.parametrize("name", OURS)
def test_the_application_keeps_nothing_on_a_disk_but_files_which_all_share(name: str) -> None:
    assert SERVICES[name]["volumes"] == ["files:/files"]
    assert SERVICES[name]["environment"]["FILES_DIR"] == "/files"
    assert "files" in yaml.safe_load(TEXT)["volumes"]
    assert "install --directory --owner opener /files" in (PROJECT / "Dockerfile").read_text()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_required_and_has_no_default(secret: str) -> None:
    uses = re.findall(r"(?<!\$)\$\{" + secret + r"([^}]*)\}", TEXT)
    assert uses
    assert all(use.startswith(":?") for use in uses)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_without_a_default_is_given(name: str) -> None:
    settings = (PROJECT / "opener" / "settings.py").read_text()
    required = re.findall(r'env\.\w+\("(\w+)"\)', settings)
    assert set(required) >= {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"}
    assert set(required) <= set(SERVICES[name]["environment"])


def test_the_image_holds_what_the_application_reads() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    for path in " ".join(copied).split():
        assert f"!{path}" in ignored
        assert Path(PROJECT / path).exists()
