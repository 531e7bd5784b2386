"""Where each door hangs: pages at the root, the API below /api/."""

from django.urls import include, path

from counterfoil.api.routes import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("counterfoil.web.urls")),
]
handler403 = "counterfoil.web.views.errors.forbidden"
handler404 = "counterfoil.web.views.errors.not_found"
handler500 = "counterfoil.web.views.errors.defect"
