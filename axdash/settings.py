"""AxDash's settings, each from the environment (docs/settings.md lists them).

A value that cannot be understood stops the start with a sentence that names it.
"""

import logging
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from axdash import embedded

BASE_DIR = Path(__file__).resolve().parent.parent


def _secret_key(data_dir: Path) -> str:
    """Read the key that signs sessions from the data directory; make one the first time."""
    file = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            # Written aside and linked, so that of two first starts one wins whole.
            draft = data_dir / f"secret_key.{secrets.token_hex(4)}"
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(50))
            try:
                file.hardlink_to(draft)
            except FileExistsError:
                pass  # Another start was first: its key counts.
            finally:
                draft.unlink()
        return file.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data directory {data_dir} cannot be used: {error.strerror}. "
            "Set AXDASH_DATA_DIR to a directory that AxDash may write to."
        ) from error


def _database(url: str) -> dict[str, object]:
    """Django's database settings for a PostgreSQL URL; other engines are refused."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            "DATABASE_URL must name a PostgreSQL server, such as postgresql://user:password@host/name."
        )
    try:
        config = dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.ParseError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    config["CONN_HEALTH_CHECKS"] = True
    options = dict(config.get("OPTIONS") or {})  # type: ignore[call-overload]
    config["OPTIONS"] = {
        **options,
        "connect_timeout": options.get("connect_timeout", 5),
        "pool": {"min_size": 1, "max_size": env_pool_size, "timeout": 10},
    }
    return config


env = Env()
try:
    DEBUG = env.bool("AXDASH_DEBUG", False)
    DATA_DIR = embedded.default_data_dir()
    PUBLIC_URL = env.str("AXDASH_PUBLIC_URL", "").rstrip("/")
    ALLOWED_HOSTS = env.list("AXDASH_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    env_secret_key = env.str("AXDASH_SECRET_KEY", "")
    env_pool_size = env.int("AXDASH_DATABASE_POOL", 10)
    database_url = env.str("DATABASE_URL", "")
    LOG_LEVEL = env.log_level("AXDASH_LOG_LEVEL", logging.WARNING)
    TIME_ZONE = env.str("AXDASH_TIME_ZONE", "UTC")
except EnvError as error:
    raise ImproperlyConfigured(str(error)) from error

if env_pool_size < 2:
    raise ImproperlyConfigured("AXDASH_DATABASE_POOL must be at least 2.")

_public = urlsplit(PUBLIC_URL)
if PUBLIC_URL:
    if _public.scheme not in ("http", "https") or not _public.hostname:
        raise ImproperlyConfigured(
            "AXDASH_PUBLIC_URL must be an address such as https://axdash.example.org."
        )
    ALLOWED_HOSTS.append(_public.hostname)
    CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

SECRET_KEY = env_secret_key or _secret_key(DATA_DIR)
DATABASES = {"default": _database(database_url or embedded.database_url(DATA_DIR))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    "experiments",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "axdash.static.StaticMiddleware",
    "axdash.middleware.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "axdash.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axdash.middleware.ZoneMiddleware",
]

ROOT_URLCONF = "axdash.urls"
ASGI_APPLICATION = "axdash.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "experiments:list"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "axdash.static.PlotlyFinder",
]
WHITENOISE_USE_FINDERS = True  # Serves the sources as they are where nothing was collected.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "axdash.static.StaticStorage"},
}

# Plotly styles what it draws: through attributes, an empty style element that it fills by script,
# and one for maps. The last two are allowed by their hashes; scripts stay strict.
_PLOTLY_STYLES = [
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-elem": [SELF, *_PLOTLY_STYLES],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
_https = _public.scheme == "https"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 3600 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "experiments.views.errors.csrf_failure"
# 200 parameters and 100 constraints of 200 terms each come to somewhat less.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 60_000
# A pasted table of 10 MB, encoded as forms are, comes to somewhat more.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

# The web process queues tasks by name and must never import them: they import Ax.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS: list[str] = []

_ERRORS_ALONE = logging.ERROR if LOG_LEVEL > logging.INFO else LOG_LEVEL
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        # What people mistype is no news for whoever runs the server, nor are numerical warnings.
        "django.request": {"level": _ERRORS_ALONE},
        "py.warnings": {"level": _ERRORS_ALONE},
    },
}
