"""The site's own pages."""

from django.urls import URLPattern, path

from hearthlight.site import views

urlpatterns: list[URLPattern] = [
    path("", views.board, name="board"),
    path("board/", views.board_live, name="board_live"),
    path("more/", views.more, name="more"),
    path("more/look/", views.choose_look, name="choose_look"),
    path("offline/", views.offline, name="offline"),
    path("sw.js", views.service_worker, name="service_worker"),
]
