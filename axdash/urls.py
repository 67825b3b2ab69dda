"""The addresses of the whole site."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from experiments.views import accounts, errors

urlpatterns = [
    path("accounts/login/", accounts.Login.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password/", accounts.PasswordChange.as_view(), name="password_change"),
    path("setup/<str:token>/", accounts.setup, name="setup"),
    path("healthz/", errors.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("", include("experiments.urls")),
]

handler400 = "experiments.views.errors.bad_request"
handler403 = "experiments.views.errors.permission_denied"
handler404 = "experiments.views.errors.not_found"
handler500 = "experiments.views.errors.server_error"
