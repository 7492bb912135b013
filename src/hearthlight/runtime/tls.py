"""TLS for what we listen on and what we connect to."""

import ssl

from hearthlight.runtime.settings import Settings


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """The certificate a site gave us, or None when it gave none."""
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key or None)
    return context


def client_context() -> ssl.SSLContext:
    return ssl.create_default_context()
