"""The addresses of this room's pages."""

from django.urls import URLPattern, path

from hearthlight.people.views import consents, persons, places, rota, staff

urlpatterns: list[URLPattern] = [
    path("people/", persons.people, name="people"),
    path("people/new/", persons.person_new, name="person_new"),
    path("people/<int:person_id>/edit/", persons.person_edit, name="person_edit"),
    path("people/<int:person_id>/particulars/", persons.particulars, name="particulars"),
    path("people/<int:person_id>/photo", persons.photo, name="photo"),
    path("people/<int:person_id>/move-out/", persons.move_out, name="move_out"),
    path("people/<int:person_id>/consents/", consents.consents, name="consents"),
    path("people/<int:person_id>/consents/new/", consents.consent_new, name="consent_new"),
    path(
        "people/<int:person_id>/consents/<int:consent_id>/withdraw/", consents.consent_withdraw, name="consent_withdraw"
    ),
    path("people/<int:person_id>/circle/", consents.circle, name="circle"),
    path("people/<int:person_id>/circle/<int:member_id>/remove/", consents.circle_remove, name="circle_remove"),
    path("places/", places.places, name="places"),
    path("places/<int:inside_id>/new/", places.place_new, name="place_new"),
    path("places/<int:place_id>/edit/", places.place_edit, name="place_edit"),
    path("staff/", staff.staff, name="staff"),
    path("staff/new/", staff.staff_new, name="staff_new"),
    path("staff/<int:staff_id>/", staff.staff_member, name="staff_member"),
    path("staff/<int:staff_id>/role/", staff.role_new, name="role_new"),
    path("staff/<int:staff_id>/link/", staff.staff_link, name="staff_link"),
    path("staff/<int:staff_id>/leave/", staff.staff_leave, name="staff_leave"),
    path("staff/roles/<int:grant_id>/end/", staff.role_end, name="role_end"),
    path("rota/", rota.rota, name="rota"),
    path("rota/new/", rota.shift_new, name="shift_new"),
    path("rota/shifts/<int:shift_id>/", rota.shift, name="shift"),
    path("rota/<int:place_id>/copy/", rota.week_copy, name="week_copy"),
]
