"""Django's settings, derived from ours. Nothing here is set by hand on a site."""

import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, SELF

from hearthlight.runtime.settings import Settings, load

SITE: Settings = load()
HOME: Path = SITE.home.resolve()
HOME.mkdir(parents=True, exist_ok=True, mode=0o700)


def _secret() -> str:
    """The signing key: given, or made once and kept readable by this user only."""
    if SITE.secret:
        return SITE.secret
    kept = HOME / "secret"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _sqlite(name: str, synchronous: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {  # 6 MB of pages a connection: with SQLite’s own 2 the record’s indexes take a quarter longer
            "transaction_mode": "IMMEDIATE",  # or a read that turns into a write fails with "database is locked"
            "timeout": 20,
            "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA foreign_keys=ON; PRAGMA cache_size=-6000;",
        },
    }


def _postgresql(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = (
    {"default": _sqlite("core.sqlite3", "FULL"), "telemetry": _sqlite("telemetry.sqlite3", "NORMAL")}
    if SITE.database == "sqlite"
    else {"default": _postgresql(SITE.database)}
)
DATABASE_ROUTERS = ["hearthlight.core.database.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = ["*"]  # a home's box is reached by whatever name its network gives it; links use SITE.url
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's session list
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "hearthlight.core",
    "hearthlight.people",
    "hearthlight.sensors",
    "hearthlight.events",
    "hearthlight.alerts",
    "hearthlight.response",
    "hearthlight.record",
    "hearthlight.record.api",
    "hearthlight.record.smart",
    "hearthlight.record.importing",
    "hearthlight.checks",
    "hearthlight.site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hearthlight.site.middleware.SignedInStaff",
]
ROOT_URLCONF = "hearthlight.site.urls"
WSGI_APPLICATION = None
HERE = Path(__file__).resolve().parent.parent
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / room / "templates" for room in ("site", "people", "record", "sensors", "alerts", "response", "checks")],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "hearthlight.site.jinja.environment",
            "context_processors": ["hearthlight.site.jinja.frame", "django.contrib.messages.context_processors.messages"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/sign-in/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_ADAPTER = "hearthlight.site.adapter.StaffOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/m/key,20/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "hearthlight.site.adapter.SecondFactorWords"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s either way, as RFC 6238 5.2 allows: phones' clocks are not exact
MFA_TOTP_ISSUER = "Hearthlight"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SITE.is_secure  # localhost in a demonstration

SESSION_COOKIE_AGE = 12 * 3600  # one shift, s
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE.is_secure
CSRF_FAILURE_VIEW = "hearthlight.site.errors.no_csrf"
CSRF_TRUSTED_ORIGINS = [SITE.url]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = None  # nothing is collected: files are served from where they are
STATICFILES_DIRS = [HERE / "site" / "static"]
WHITENOISE_USE_FINDERS = True  # one box, one process: no collectstatic step to forget
WHITENOISE_MAX_AGE = 3600

USE_TZ = True
TIME_ZONE = "Europe/London"
LANGUAGE_CODE = "en-gb"
USE_I18N = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # a phone's photo, bytes
EMAIL_CONFIG = urlsplit(SITE.mail) if SITE.mail else None
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_CONFIG else 'dummy'}.EmailBackend"
EMAIL_HOST = (EMAIL_CONFIG.hostname or "") if EMAIL_CONFIG else ""
EMAIL_PORT = (EMAIL_CONFIG.port or 587) if EMAIL_CONFIG else 587
EMAIL_HOST_USER = unquote(EMAIL_CONFIG.username or "") if EMAIL_CONFIG else ""
EMAIL_HOST_PASSWORD = unquote(EMAIL_CONFIG.password or "") if EMAIL_CONFIG else ""
EMAIL_USE_TLS = bool(EMAIL_CONFIG) and EMAIL_PORT == 587
EMAIL_TIMEOUT = 10  # s
DEFAULT_FROM_EMAIL = SITE.mail_from
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"hearthlight": {"level": "INFO"}},
}
