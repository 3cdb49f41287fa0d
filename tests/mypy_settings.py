"""The settings as mypy's Django plugin reads them: it needs no server, only values that can be read."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-types")
os.environ.setdefault("DATABASE_URL", "postgresql://opener@127.0.0.1/opener")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1/0")

from opener.settings import *  # noqa: F403
