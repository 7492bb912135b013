"""The addresses of the devices' pages."""

from django.urls import URLPattern, path

from hearthlight.sensors import views

urlpatterns: list[URLPattern] = [
    path("devices/", views.devices, name="devices"),
    path("devices/new/", views.device_new, name="device_new"),
    path("devices/newcomers/<int:newcomer_id>/", views.newcomer_adopt, name="newcomer_adopt"),
    path("devices/<slug:device_id>/", views.device, name="device"),
    path("devices/<slug:device_id>/change/", views.device_change, name="device_change"),
    path("devices/<slug:device_id>/reassign/", views.device_reassign, name="device_reassign"),
    path("devices/<slug:device_id>/retire/", views.device_retire, name="device_retire"),
    path("devices/<slug:device_id>/card/", views.device_card, name="device_card"),
    path("devices/<slug:device_id>/battery/", views.device_battery, name="device_battery"),
]
