"""The page of exports, and what it offers."""

from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.urls import reverse

from experiments.models import Membership, Role
from tests.factories import make_user
from tests.whole import rich, text_of


def test_the_page_offers_all_forms_and_the_files_are_named_after_the_experiment(page, ada):
    made = rich(ada)
    shown = page.get(reverse("experiments:export", args=[made.pk])).content.decode()
    for name in ("export_whole", "export_script", "export_definition", "trials_csv"):
        address = reverse(f"experiments:{name}", args=[made.pk])
        assert address in shown
        assert page.get(address).status_code == 200
    answer = page.get(reverse("experiments:export_whole", args=[made.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="groe-rich.axdash.json"'
    assert answer["Cache-Control"] == "no-store"
    assert answer.getvalue().decode() == text_of(made, ada)
    assert "and 1 deleted one in “Everything”" in shown
    assert "“deep” applies only under a condition" in shown
    assert (
        reverse("experiments:export", args=[made.pk])
        in page.get(made.get_absolute_url()).content.decode()
    )


def test_what_is_sent_beside_other_work_is_the_same(ada):
    made = rich(ada)
    address = reverse("experiments:export_whole", args=[made.pk])

    @async_to_sync
    async def received():
        client = AsyncClient()
        await client.aforce_login(ada)
        answer = await client.get(address)
        return b"".join([piece async for piece in answer.streaming_content])

    assert received().decode() == text_of(made, ada)


def test_a_viewer_may_export(client, ada):
    made = rich(ada)
    vera = make_user("vera")
    Membership.objects.create(team=made.team, user=vera, role=Role.VIEWER)
    client.force_login(vera)
    for name in ("export", "export_whole", "export_script"):
        assert client.get(reverse(f"experiments:{name}", args=[made.pk])).status_code == 200


def test_an_archive_pasted_as_a_definition_is_told_where_it_belongs(page, ada):
    answer = page.post(reverse("experiments:paste"), {"text": text_of(rich(ada), ada)})
    assert answer.status_code == 422
    assert "Restore an export" in answer.content.decode()
