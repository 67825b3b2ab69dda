"""Signing in, changing the password, and the first account."""

from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_post_parameters

from experiments.services import accounts
from experiments.services.errors import Refused


class Login(views.LoginView):
    """Sign in with username and password."""

    redirect_authenticated_user = True


class PasswordChange(views.PasswordChangeView):
    """Change one's own password."""

    template_name = "registration/password_change.html"
    success_url = reverse_lazy("experiments:list")

    def form_valid(self, form) -> HttpResponse:  # type: ignore[no-untyped-def]
        """Say that it worked."""
        messages.success(self.request, "Your password was changed.")
        return super().form_valid(form)


@login_not_required
@sensitive_post_parameters()
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Create the first account, for whoever holds the set-up link."""
    if not accounts.is_valid_setup_token(token):
        return render(request, "registration/setup_gone.html", status=404)
    form: UserCreationForm[User] = UserCreationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = accounts.create_first_account(
                token=token,
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password1"],
            )
        except Refused:
            return render(request, "registration/setup_gone.html", status=404)
        login(request, user)
        return redirect("experiments:list")
    return render(request, "registration/setup.html", {"form": form})
