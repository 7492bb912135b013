"""What services did or will do: referrals, visits, admissions, appointments, tests asked for, documents."""

from hearthlight.record.entries.parts import (
    PERFORMING,
    RECORDER,
    SNOMED,
    coded,
    location,
    performer,
    professional,
    recorder,
)
from hearthlight.record.entries.types import Entry, Field, Input

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
WHO = ("Name", "Role")
FILES = (("application/pdf", "PDF"), ("image/jpeg", "JPEG picture"), ("image/png", "PNG picture"), ("audio/mpeg", "Sound"), ("text/plain", "Text"))
REFERRING = (
    "Name", "Role", "Grade", "Team", "Specialty", "Service/Coded value", "Service/Free text", "Organisation/Coded value",
    "Organisation/Free text", "Contact details",
)  # fmt: skip


def _encounter(code: str, category: str) -> dict[str, object]:
    return {
        "resourceType": "Encounter", "status": "finished", "class": {"system": ACT, "code": code}, "type": [{"text": category}],
    }  # fmt: skip


ENTRIES = (
    Entry(
        key="referral", chapter="Services", title="Referral", concept="Referral details/Referral details record entry",
        base={"resourceType": "ServiceRequest", "status": "active", "intent": "order", "category": [{"text": "Referral"}]},
        roles=(("referrer", "requester"), ("referred", "performer[]")),
        told_by=("Reason for referral", "Referral to/Name", "Date"),
        fields=(
            Field("Reason for referral", "reasonCode[].text", "Why", Input.TEXT, is_required=True),
            *professional("Referral to", "referred", "Referred to", asks=("Name", "Organisation/Free text"), is_detail=False),
            Field("Date", "authoredOn", "Referred on", Input.MOMENT),
            Field("Clinical urgency of referral/Reason for urgency of referral", "ext:urgency.valueString", "Why it is urgent"),
            Field("Referral method", "ext:method.valueString", "How it was sent", is_detail=True),
            Field("Referral criteria", "ext:criteria.valueString", "Criteria met", is_detail=True),
            Field("Return response to", "ext:reply-to.valueString", "Answer to", is_detail=True),
            *professional("Referrer details", "referrer", "Who referred", asks=REFERRING),
            *professional("Referral to", "referred", "Referred to",
                          asks=tuple(one for one in REFERRING if one not in ("Name", "Organisation/Free text"))),
        ),
    ),
    Entry(
        key="visit", chapter="Services", title="Contact with a professional",
        concept="Contacts with professionals/Contacts with professionals record entry", base=_encounter("AMB", "Contact with a professional"),
        roles=(("seen", "participant[id=first].individual"), ("responsible", "participant[id=second].individual"),
               ("present", "participant[id=third].individual")),
        told_by=("Seen by/Name", "Outcome of contact", "Date of contact"),
        fields=(
            *professional("Seen by", "seen", "Seen by", asks=WHO, is_detail=False),
            Field("Date of contact", "period.start", "On", Input.MOMENT, is_required=True),
            Field("Outcome of contact", "ext:outcome.valueString", "What came of it", Input.TEXT),
            Field("Contact type", "ext:contact-type.valueString", "Kind of contact", is_detail=True),
            Field("Consultation method", "ext:method.valueString", "How", hint="In person, by telephone, by video", is_detail=True),
            Field("Specialty", "serviceType.text", "Specialty", is_detail=True),
            Field("Service", "ext:service.valueString", "Service", is_detail=True),
            Field("Location type", "ext:location-type.valueString", "Kind of place", is_detail=True),
            *location("Location of contact"),
            *professional("Responsible professional", "responsible", "Professional responsible", asks=WHO),
            *professional("Professionals present", "present", "Also there", asks=WHO),
        ),
    ),
    Entry(
        key="admission", chapter="Services", title="Hospital admission", concept="Admission details/Admission details record entry",
        base=_encounter("IMP", "Admission"), roles=(("responsible", "participant[id=first].individual"),),
        told_by=("Admitted to/Free text", "Reason for admission/Free text", "Date of admission"),
        fields=(
            Field("Admitted to/Free text", "serviceProvider.display", "Hospital and ward"),
            *coded("Reason for admission", "reasonCode[]", "Why", is_required=True),
            Field("Date of admission", "period.start", "On", Input.MOMENT),
            Field("Admitted to/Coded value", "serviceProvider.identifier.value", "Hospital’s ODS code", is_detail=True),
            *professional("Responsible care professional", "responsible", "Professional responsible", asks=WHO),
            *coded("Admission method", "ext:admission-method.valueCodeableConcept", "How", is_detail=True),
            Field("Legal status on admission", "ext:legal-status.valueString", "Legal status", is_detail=True),
            *coded("Source of admission", "hospitalization.admitSource", "From where", is_detail=True),
            *coded("Specialty", "serviceType", "Specialty", is_detail=True),
            Field("Individual accompanying person/Name", "ext:accompanied.extension[url=name].valueString", "Who went with them"),
            Field("Individual accompanying person/Relationship/Free text", "ext:accompanied.extension[url=relationship].valueString",
                  "Their relationship", is_detail=True),
            Field("Individual accompanying person/Relationship/Coded value", "ext:accompanied.extension[url=relationship-code].valueCode",
                  "Their relationship: SNOMED CT code", Input.CODE, is_detail=True),
            Field("Individual accompanying person/Comment", "ext:accompanied.extension[url=comment].valueString", "Comment", is_detail=True),
        ),
    ),
    Entry(
        key="discharge", chapter="Services", title="Hospital discharge", concept="Discharge details/Discharge details record entry",
        base=_encounter("IMP", "Discharge"), roles=(("consultant", "participant[id=first].individual"),),
        told_by=("Discharge location", "Date of discharge"),
        fields=(
            Field("Discharge location", "serviceProvider.display", "From which hospital and ward", is_required=True),
            Field("Date of discharge", "period.end", "On", Input.MOMENT),
            Field("Discharge destination/Discharge destination", "hospitalization.dischargeDisposition.text", "To where"),
            Field("Discharge destination/Discharge address", "hospitalization.destination.display", "Address", is_detail=True),
            *professional("Discharging consultant", "consultant", "Consultant", asks=WHO),
            *coded("Discharge method", "ext:discharge-method.valueCodeableConcept", "How", is_detail=True),
            *coded("Discharging specialty", "serviceType", "Specialty", is_detail=True),
            Field("Discharging department", "ext:department.valueString", "Department", is_detail=True),
            Field("Legal status on discharge", "ext:legal-status.valueString", "Legal status", is_detail=True),
        ),
    ),
    Entry(
        key="appointment", chapter="Services", title="Appointment", concept="Future appointments/Future appointments record entry",
        subject="participant[id=person].actor", base={"resourceType": "Appointment", "status": "booked"},
        roles=(("seeing", "participant[id=seeing].actor"),), told_by=("Reason for appointment", "Date of appointment"),
        fields=(
            Field("Reason for appointment", "description", "What for", is_required=True),
            Field("Date of appointment", "start", "When", Input.INSTANT, is_required=True),
            Field("Location of future appointment/Free text", "ext:location.valueCodeableConcept.text", "Where"),
            Field("Location of future appointment/Coded value", f"ext:location.valueCodeableConcept.coding[system={SNOMED}].code",
                  "Where: SNOMED CT code", Input.CODE, is_detail=True),
            *professional("Professional seeing the person", "seeing", "With whom", asks=WHO, is_detail=False),
            Field("Appointment status", "ext:appointment-status.valueString", "Status", is_detail=True),
            Field("Specialty", "specialty[].text", "Specialty", is_detail=True),
            Field("Service", "serviceType[].text", "Service", is_detail=True),
        ),
    ),
    Entry(
        key="investigation", chapter="Services", title="Investigation asked for",
        concept="Investigations requested/Investigations requested record entry", roles=(("performer", "requester"), RECORDER),
        base={"resourceType": "ServiceRequest", "status": "active", "intent": "order", "category": [{"text": "Investigation"}]},
        told_by=("Investigation requested/Free text", "Status of request"),
        fields=(
            *coded("Investigation requested", "code", "What was asked for", is_required=True),
            Field("Reason for request", "reasonCode[].text", "Why"),
            Field("Status of request", "ext:request-status.valueString", "How far it is"),
            Field("Request priority", "ext:request-priority.valueString", "How urgent", is_detail=True),
            Field("Date", "authoredOn", "Asked on", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="document", chapter="Documents", title="Document", concept="Documents (including correspondence and images)/Documents",
        base={"resourceType": "DocumentReference", "status": "current"},
        roles=(("performer", "author[]"), RECORDER, ("imager", "ext:image.extension[url=imager].valueReference"),
               ("image-recorder", "ext:image.extension[url=recorder].valueReference")),
        told_by=("Document title", "Documentation location", "Date"),
        fields=(
            Field("Document title", "content[].attachment.title", "Title", is_required=True),
            Field("Documentation location", "ext:document.valueString", "Where it is kept"),
            Field("Date", "content[].attachment.creation", "Of", Input.MOMENT),
            Field("Class", "type.text", "Kind", hint="Letter, discharge summary, photo", is_detail=True),
            Field("Document name", "ext:file-name.valueString", "File name", is_detail=True),
            Field("Document MIME type", "content[].attachment.contentType", "Kind of file", Input.CHOICE, FILES, is_detail=True),
            Field("Confidentiality", "securityLabel[].text", "Confidentiality", is_detail=True),
            Field("Service", "context.practiceSetting.text", "Service", is_detail=True),
            Field("Comments", "description", "Comments", Input.TEXT, is_detail=True),
            *performer(), *recorder(),
            *(Field(f"Additional information required for images./{concept}", f"ext:image.extension[url={url}].{of}", label, kind,
                    is_detail=True)
              for concept, url, of, label, kind in (
                ("Image procedure", "procedure", "valueString", "Image: procedure", Input.LINE),
                ("Image procedure date", "procedure-date", "valueDateTime", "Image: procedure on", Input.MOMENT),
                ("Images/Image capture date", "captured", "valueDateTime", "Image: taken on", Input.MOMENT),
                ("Images/Image ID", "id", "valueString", "Image: number", Input.LINE),
                ("Images/Image location", "location", "valueString", "Image: where it is kept", Input.LINE),
                ("Format code", "format", "valueString", "Image: format", Input.LINE),
                ("Event code list", "event", "valueString", "Image: event", Input.LINE),
                ("Comments", "comment", "valueString", "Image: comments", Input.LINE),
              )),
            *professional("Additional information required for images./Performing professional", "imager", "Who took the image",
                          asks=PERFORMING),
            *professional("Additional information required for images./Person completing record", "image-recorder",
                          "Who wrote down the image", date_at="ext:image.extension[url=recorded].valueDateTime",
                          asks=("Name", "Role", "Grade", "Specialty", "Organisation", "Professional identifier", "Date completed",
                                "Contact details")),
        ),
    ),
)  # fmt: skip
