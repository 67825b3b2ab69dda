import pytest
from django.contrib.auth.models import User

from experiments.services.accounts import new_setup_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def test_sign_in_and_out(client):
    make_user("ada")
    page = client.get("/", follow=True).content.decode()
    assert "Sign in" in page
    wrong = client.post("/accounts/login/", {"username": "ada", "password": "x"})
    assert "Please enter a correct username" in wrong.content.decode()
    client.post("/accounts/login/", {"username": "ada", "password": "ada-password"})
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_sign_in_leads_only_back_to_this_site(client):
    make_user("ada")
    data = {"username": "ada", "password": "ada-password", "next": "https://evil.example/"}
    assert client.post("/accounts/login/", data)["Location"] == "/"


def test_change_password(client):
    client.force_login(make_user("ada"))
    data = {"old_password": "ada-password", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert (
        "Your password was changed"
        in client.post("/accounts/password/", data, follow=True).content.decode()
    )
    assert User.objects.get().check_password(PASSWORD)


def test_set_up_creates_the_first_account_and_signs_in(client):
    token = new_setup_token()
    assert "Welcome to AxDash" in client.get(f"/setup/{token}/").content.decode()
    data = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(f"/setup/{token}/", data, follow=True)
    assert "No experiment yet" in response.content.decode()
    assert client.get(f"/setup/{token}/").status_code == 404


def test_set_up_keeps_what_was_typed_and_says_what_is_wrong(client):
    token = new_setup_token()
    response = client.post(
        f"/setup/{token}/", {"username": "ada", "password1": "a", "password2": "b"}
    )
    text = response.content.decode()
    assert 'value="ada"' in text
    assert "match" in text


@pytest.mark.parametrize("token", ["guess", "a" * 500, "<script>"])
def test_without_the_token_nobody_sets_up(client, token):
    new_setup_token()
    data = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(f"/setup/{token.replace('/', '')}/", data).status_code == 404
    assert not User.objects.exists()
