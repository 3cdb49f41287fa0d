"""The embedded servers: started, shared, adopted, replaced."""

import os
import signal
import smtplib
import stat
import subprocess
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path

import psycopg
import pytest
import redis

from opener.embedded import folder as folder_module
from opener.embedded.errors import EmbeddedError
from opener.embedded.folder import PROJECT, Folder, free_port, port_is_free
from opener.embedded.running import processes_in
from opener.embedded.servers import Servers


def test_what_was_killed_is_replaced_and_its_data_is_there(data: Path) -> None:
    servers = Servers(Folder(data))
    assert sorted(servers.start()) == ["PostgreSQL", "Valkey"]
    assert servers.start() == [], "what answers is adopted"
    with psycopg.connect(servers.postgres.url()) as connection:
        connection.execute("create table kept as select 7 as figure")
    with redis.Redis.from_url(servers.valkey.url()) as client:
        client.set("kept", "7")
        client.execute_command("WAITAOF", 1, 0, 5000)
    (postmaster,) = [
        process
        for process in processes_in(servers.postgres.directory, "postgres")
        if process.cmdline()[0].endswith("/postgres")
    ]
    (valkey,) = processes_in(servers.valkey.directory, "valkey-server")
    os.kill(postmaster.pid, signal.SIGKILL)
    os.kill(valkey.pid, signal.SIGKILL)

    again = Servers(Folder(data))
    assert sorted(again.start()) == ["PostgreSQL", "Valkey"]
    with psycopg.connect(again.postgres.url()) as connection:
        assert connection.execute("select figure from kept").fetchone() == (7,)
        assert connection.execute("show fsync").fetchone() == ("on",)
    with redis.Redis.from_url(again.valkey.url()) as client:
        assert client.get("kept") == b"7"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}

    assert not servers.release(), "another still uses them"
    assert again.postgres.answers()
    assert again.release()
    assert processes_in(again.postgres.directory, "postgres") == []
    assert processes_in(again.valkey.directory, "valkey-server") == []


def test_the_servers_let_nobody_in_without_the_password(data: Path) -> None:
    servers = Servers(Folder(data), fast=True)
    servers.start()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(servers.postgres.url().replace(servers.folder.read()["password"], "guess"))
    with pytest.raises(redis.AuthenticationError), redis.Redis(port=servers.folder.port("valkey")) as client:
        client.ping()


def test_secrets_are_kept_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = Folder(tmp_path / "data")
    assert Folder(tmp_path / "data").read() == first.read()
    assert stat.S_IMODE((first.path / "state.json").stat().st_mode) == 0o600
    assert len(first.read()["secret_key"]) >= 50


def test_a_port_is_remembered(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.port("x") == folder.port("x") != folder.port("y")
    assert port_is_free("127.0.0.1", folder.port("x"))


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "ROOM_NEEDED", 2**62)
    with pytest.raises(EmbeddedError, match="is full. Free some space"):
        Folder(tmp_path)


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="Name a folder with OPENER_DATA_DIR"):
        Folder(tmp_path / "file")


def test_a_data_folder_that_cannot_be_written_is_told() -> None:
    nobodys = Path("/sys" if sys.platform == "linux" else "/System")  # not even root's
    with pytest.raises(EmbeddedError, match="cannot be written to"):
        Folder(nobodys / "opener")


def test_a_damaged_state_is_told(tmp_path: Path) -> None:
    Folder(tmp_path)
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(EmbeddedError, match="is damaged"):
        Folder(tmp_path)


def test_the_catcher_keeps_a_mail_before_it_accepts_it(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "opener.embedded.catcher", str(tmp_path), str(port)]
    with subprocess.Popen(command, cwd=PROJECT) as process:
        try:
            while port_is_free("127.0.0.1", port):
                time.sleep(0.05)
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                for number in (1, 2):
                    text = f"Subject: Nummer {number} für Sie\r\n\r\nGrüße\r\n.\r\nEnde\r\n"
                    client.sendmail("rep@demo.test", ["a@example.test", "b@example.test"], text.encode())
                    assert len(list(tmp_path.glob("*.eml"))) == number
        finally:
            process.terminate()
    mail = message_from_bytes(min(tmp_path.glob("*.eml")).read_bytes(), policy=policy.default)
    assert mail["X-Envelope-To"] == "a@example.test, b@example.test"
    assert "\n.\n" in str(mail.get_payload()).replace("\r", "")
    assert list(tmp_path.glob("*.tmp")) == []


def test_nothing_of_the_embedded_package_needs_settings() -> None:
    program = "import opener.embedded.serve, sys; sys.exit('opener.settings' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, env={}, check=True)
