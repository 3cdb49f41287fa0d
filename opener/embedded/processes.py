"""The processes that Opener consists of. script/server starts these, and docker-compose.yml the same."""

WEB = (
    "gunicorn",
    "opener.wsgi",
    "--worker-class=gthread",
    "--workers=2",
    "--threads=4",
    "--preload",
    "--timeout=60",
    "--graceful-timeout=10",
    "--no-control-socket",
)
WORKER = (
    "celery",
    "--quiet",
    "--app=opener",
    "worker",
    "--concurrency=2",
    "--loglevel=WARNING",
    "--without-gossip",
    "--without-mingle",
)
BEAT = ("celery", "--quiet", "--app=opener", "beat", "--loglevel=WARNING")

APPLICATION = {"web": WEB, "worker": WORKER, "beat": BEAT}
"""Each may run many times, on many machines: what they know is in PostgreSQL."""


def web(address: str) -> list[str]:
    """The web server's command for one address, as `host:port`."""
    return [*WEB, f"--bind={address}"]
