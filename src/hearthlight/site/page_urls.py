"""The site's own pages."""

from django.urls import URLPattern, path

from hearthlight.site.views import board, looks, person, small

urlpatterns: list[URLPattern] = [
    path("", board.board, name="board"),
    path("board/", board.board_live, name="board_live"),
    path("corridor/", board.corridor, name="corridor"),
    path("people/<int:person_id>/", person.person, name="person"),
    path("people/<int:person_id>/looked/", looks.looked_at, name="looked_at"),
    path("audit/", looks.looks, name="audit"),
    path("more/", small.more, name="more"),
    path("more/look/", small.choose_look, name="choose_look"),
    path("offline/", small.offline, name="offline"),
    path("sw.js", small.service_worker, name="service_worker"),
]
