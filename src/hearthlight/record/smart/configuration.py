"""What an app can find out about us before it asks: `.well-known/smart-configuration` (SMART App Launch 2.2,
"Conformance") and OpenID Connect Discovery. Pure."""

from typing import Any

from hearthlight.record.smart import rules

FHIR, OAUTH = "/fhir/r4", "/oauth"
CAPABILITIES = (
    "launch-ehr", "launch-standalone", "client-public", "client-confidential-symmetric",
    "client-confidential-asymmetric", "sso-openid-connect", "context-banner", "context-ehr-patient",
    "context-standalone-patient", "permission-offline", "permission-patient", "permission-user", "permission-v1", "permission-v2",
)  # fmt: skip
SCOPES = (
    "openid", "fhirUser", "profile", "launch", "launch/patient", "offline_access", "patient/*.cruds", "user/*.cruds",
    "system/*.cruds",
)  # fmt: skip
METHODS = ("private_key_jwt", "client_secret_basic", "client_secret_post")


def fhir_base(site: str) -> str:
    return site + FHIR


def token_address(site: str) -> str:
    return f"{site}{OAUTH}/token"


def issuer(site: str) -> str:
    return site + OAUTH


def smart(site: str) -> dict[str, Any]:
    """`site` is the address people type, without a slash at its end."""
    return {
        "issuer": issuer(site),
        "jwks_uri": f"{site}{OAUTH}/jwks",
        "authorization_endpoint": f"{site}{OAUTH}/authorize",
        "token_endpoint": token_address(site),
        "introspection_endpoint": f"{site}{OAUTH}/introspect",
        "revocation_endpoint": f"{site}{OAUTH}/revoke",
        "management_endpoint": f"{site}/apps/mine/",
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "scopes_supported": list(SCOPES),
        "token_endpoint_auth_methods_supported": list(METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(rules.ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "capabilities": list(CAPABILITIES),
    }


def openid(site: str) -> dict[str, Any]:
    told = smart(site)
    named = {name: told[name] for name in told if name not in ("capabilities", "management_endpoint")}
    return named | {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser", "profile", "name"],
    }


URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def security(site: str) -> dict[str, Any]:
    """The same for clients that look in the CapabilityStatement: `rest.security` (SMART App Launch 1, appendix)."""
    told = smart(site)
    uris = {"authorize": "authorization_endpoint", "token": "token_endpoint", "introspect": "introspection_endpoint",
            "revoke": "revocation_endpoint", "manage": "management_endpoint"}  # fmt: skip
    return {
        "extension": [{"url": URIS, "extension": [{"url": name, "valueUri": told[where]} for name, where in uris.items()]}],
        "cors": True,
        "service": [{"coding": [{"system": SERVICE, "code": "SMART-on-FHIR"}]}],
        "description": "SMART App Launch 2.2: see .well-known/smart-configuration",
    }
