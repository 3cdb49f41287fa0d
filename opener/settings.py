"""Settings. Every one that differs between installations is an environment variable: see docs/configuration.md."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.utils.csp import CSP
from environs import env

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_env(str(BASE_DIR / ".env"), recurse=False)

# --- What an installation sets -------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = BASE_URL.startswith("https://")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

DATA_DIR = Path(env.str("OPENER_DATA_DIR", str(BASE_DIR / ".data")))
DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
REDIS_URL = env.str("REDIS_URL")

SMTP_URL = env.str("SMTP_URL", "")
SMTP_TIMEOUT = env.float("SMTP_TIMEOUT", 30.0)
MAIL_LEASE_SECONDS = env.float("MAIL_LEASE_SECONDS", 120.0)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Opener <opener@localhost>")

DEMO = env.bool("OPENER_DEMO", False)
"""True where the data is the demo's: the sign-in page names the demo's people, and mail goes to the catcher."""
CATCHER_DIR = env.str("CATCHER_DIR", "")
"""The folder the local mail catcher writes to; its mail is shown at /demo/mail/. Empty: no such page."""

# --- What is the same everywhere -----------------------------------------------------------------

INSTALLED_APPS = [
    "opener",
    "apps.users",
    "apps.tables",
    "apps.accounts",
    "apps.activities",
    "apps.mail",
    "apps.dreamclients",
    "apps.sequences",
    "apps.meetings",
    "apps.pipeline",
    "apps.today",
    "apps.metrics",
    "apps.imports",
    "apps.search",
    "apps.bin",
    "apps.api",
    "apps.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "heroicons",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.users.middleware.FirstRunMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "opener.middleware.HtmxResponseMiddleware",
    "opener.middleware.UserTimezoneMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "opener.urls"
WSGI_APPLICATION = "opener.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "opener.context.shell",
            ],
            "builtins": ["opener.templatetags.ui", "heroicons.templatetags.heroicons"],
        },
    },
]
FORM_RENDERER = "opener.forms.Renderer"

STATEMENT_TIMEOUT = env.float("STATEMENT_TIMEOUT", 0)
_LIMITS = {"options": f"-c statement_timeout={int(STATEMENT_TIMEOUT * 1000)}"} if STATEMENT_TIMEOUT else {}
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": False,
    "OPTIONS": {
        **_LIMITS,
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", 8), "timeout": 10},
        "application_name": "opener",
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "opener",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

# Celery and Redis are transport only: rows in PostgreSQL say what is due (docs/decisions/0002).
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_DEFAULT_QUEUE = "opener"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # in memory: a beat has nothing to remember
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": seconds * 3}}
    for name, task, seconds in [
        ("sequences", "apps.sequences.tasks.tick", 5),
        ("mail", "apps.mail.tasks.tick", 5),
        ("reminders", "apps.mail.tasks.remind", 5),
        ("imports", "apps.imports.tasks.tick", 5),
        ("tables", "apps.tables.tasks.tick", 5),
        ("lists", "apps.dreamclients.tasks.tick", 60),
        ("coming up", "apps.dreamclients.tasks.bring_up", 60),
        ("accounts", "apps.accounts.tasks.tick", 15),
        ("bin", "apps.bin.tasks.tick", 600),
        ("search", "apps.search.tasks.forget", 86_400),
    ]
}

# --- People and sessions ---------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today:queue"
ACCOUNT_ADAPTER = "apps.users.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
}

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Security ----------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 50 * 1024 * 1024)
FILE_MAX_BYTES = env.int("FILE_MAX_BYTES", 25 * 1024 * 1024)

# --- Language, time, files, mail, logs ----------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["opener.formats"]

MEDIA_ROOT = env.path("FILES_DIR", DATA_DIR / "files")
"""What people upload and what exports make. Nothing in it has an address: views hand it out to whoever may see it."""

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _MANIFEST if env.bool("STATIC_MANIFEST", not DEBUG) else _PLAIN},
}
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", DEBUG)
WHITENOISE_AUTOREFRESH = DEBUG

# Mail of the framework itself (a lost password) goes through the outbox like every other mail.
MAILERS = {"default": {"BACKEND": "apps.mail.backend.OutboxBackend"}}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"propagate": True, "handlers": []}, "celery.beat": {"level": "WARNING"}},
}
