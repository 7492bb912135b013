"""How an answer is written: its bytes, its headers, and every refusal as an OperationOutcome."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import DataError, IntegrityError
from django.db import Error as DatabaseFault

from hearthlight.core.types import Refusal
from hearthlight.fhir import outcome, text, xml
from hearthlight.fhir.types import Issue, Malformed, Severity
from hearthlight.record import types as record
from hearthlight.record.access import NotSignedIn
from hearthlight.record.api import negotiation
from hearthlight.record.api.negotiation import Format
from hearthlight.record.api.types import Answer, Asked, Problem, Resource, Return

log = logging.getLogger(__name__)
REFUSALS: Sequence[tuple[type[Refusal], int, str]] = (
    (NotSignedIn, 401, "login"),
    (record.NotFound, 404, "not-found"),
    (record.Gone, 410, "deleted"),
    (record.Conflict, 409, "conflict"),
    (record.Forbidden, 403, "forbidden"),
    (Refusal, 422, "business-rule"),
)


def written(answer: Answer, form: Format) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body as they go out."""
    headers = answer.headers
    if answer.media:
        headers["content-type"] = answer.media
        return answer.status, headers, answer.body or b""
    if answer.resource is None and answer.body is None:
        return answer.status, headers, b""
    headers["content-type"] = f"{form}; charset=utf-8"
    if form is Format.JSON:
        body = answer.body if answer.body is not None else text.dumps(answer.resource)
    else:
        body = xml.dumps(answer.resource if answer.resource is not None else text.loads(answer.body or b""))
    return answer.status, headers, body


def of_problem(problem: Problem) -> Answer:
    return Answer(problem.status, outcome.outcome(problem.issues), headers=dict(problem.headers))


def of_error(error: BaseException) -> Answer:
    """Whatever was raised, as an answer. Anything nobody foresaw is a 500: logged by its kind only, and a fault of ours."""
    if isinstance(error, Problem):
        return of_problem(error)
    if isinstance(error, Malformed):
        return Answer(400, outcome.outcome(error.issues))
    if isinstance(error, Refusal):
        status, code = next((status, code) for kind, status, code in REFUSALS if isinstance(error, kind))
        answer = refused(status, code, error.why)
        if status == 401:
            answer.headers["www-authenticate"] = 'Bearer realm="fhir"'
        return answer
    if isinstance(error, DatabaseFault) and not isinstance(error, DataError | IntegrityError):
        log.error("storage failed (%s) in the record's API", type(error).__name__)
        answer = refused(503, "transient", "The record cannot be reached just now: try again")
        answer.headers["retry-after"] = "1"
        return answer
    log.error("unforeseen in the record's API: %s", type(error).__name__, exc_info=error)
    return refused(500, "exception", "Something went wrong here, not with what you sent")


def refused(status: int, code: str, why: str) -> Answer:
    return Answer(status, outcome.outcome([Issue(Severity.ERROR, code, why)]))


def of_version(version: record.Version, *, status: int = 200) -> Answer:
    """One resource, as it is stored."""
    return Answer(status, body=version.body, headers=validators(version.version, version.at), at=version.at)


def validators(version: int, at: datetime) -> dict[str, str]:
    return {"etag": negotiation.etag(version), "last-modified": negotiation.as_http_date(at)}


def of_write(asked: Asked, version: record.Version, *, is_new: bool, issues: Sequence[Issue] = ()) -> Answer:
    """After a create, update or patch: Location, validators, and as much of a body as the client prefers (§3.1.0.6)."""
    answer = Answer(201 if is_new else 200, headers=validators(version.version, version.at), at=version.at)
    if is_new:
        answer.headers["location"] = f"{asked.base}/{version.type}/{version.id}/_history/{version.version}"
    if asked.prefers.returns is Return.REPRESENTATION:
        answer.body = version.body
    elif asked.prefers.returns is Return.OUTCOME:
        answer.resource = outcome.outcome(issues)
    return answer


def parsed(body: bytes, form: Format | str) -> Resource:
    """The resource in a body. Raises Malformed."""
    return xml.loads(body) if form is Format.XML else text.loads(body)
