"""Settings → Pipeline."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.pipeline.defaults import default_pipeline
from apps.pipeline.models import Pipeline, Stage
from apps.pipeline.services import open_opportunity
from apps.users.models import AuditEntry, User
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> User:
    admin = make.make_user("Ada", is_admin=True)
    client.force_login(admin)
    return admin


@pytest.fixture
def pipeline() -> Pipeline:
    return default_pipeline()


def names(pipeline: Pipeline) -> list[str]:
    return [stage.name for stage in pipeline.stages.all()]


def test_shows_every_stage(client: Client, admin: User, pipeline: Pipeline) -> None:
    html = client.get(reverse("pipeline:stages")).content.decode()
    for stage in pipeline.stages.all():
        assert stage.name in html


def test_is_not_for_managers(client: Client, pipeline: Pipeline) -> None:
    client.force_login(make.make_user(team=make.make_team(), role="manager"))
    stage = pipeline.stages.all()[0]
    assert client.get(reverse("pipeline:stages")).status_code == 403
    for name in ("stage_edit", "stage_shift", "stage_remove"):
        assert client.post(reverse(f"pipeline:{name}", args=[stage.pk])).status_code == 403
    assert client.post(reverse("pipeline:stage_create"), {"name": "X"}).status_code == 403
    assert client.post(reverse("pipeline:opening_stage")).status_code == 403


def test_rename_with_question_and_evidence(client: Client, admin: User, pipeline: Pipeline) -> None:
    stage = pipeline.stages.get(name="Explore")
    url = reverse("pipeline:stage_edit", args=[stage.pk])
    data = {"name": "Discover", "question": "Will you look?", "evidence": "One\n\n Two ", "version": 1}
    assert client.post(url, data).status_code == 302
    stage.refresh_from_db()
    assert (stage.name, stage.question, stage.evidence, stage.version) == (
        "Discover", "Will you look?", ["One", "Two"], 2,
    )  # fmt: skip
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.subject) == (admin, "Discover")
    assert entry.detail["name"] == ["Explore", "Discover"]


def test_two_admins_at_one_stage(client: Client, admin: User, pipeline: Pipeline) -> None:
    stage = pipeline.stages.get(name="Explore")
    url = reverse("pipeline:stage_edit", args=[stage.pk])
    client.post(url, {"name": "Discover", "version": 1})
    answer = client.post(url, {"name": "Look", "version": 1})
    assert answer.status_code == 422
    assert "Discover" in answer.content.decode()
    stage.refresh_from_db()
    assert stage.name == "Discover"


def test_a_name_is_there_once(client: Client, admin: User, pipeline: Pipeline) -> None:
    stage = pipeline.stages.get(name="Explore")
    answer = client.post(reverse("pipeline:stage_edit", args=[stage.pk]), {"name": "Time", "version": 1})
    assert answer.status_code == 422
    assert "There is a stage of this name already." in answer.content.decode()


def test_the_audit_log_tells_what_changed_and_nothing_else(
    client: Client, admin: User, pipeline: Pipeline
) -> None:
    stage = pipeline.stages.get(name="Explore")
    given = {"question": stage.question, "evidence": "\r\n".join(stage.evidence), "version": stage.version}
    client.post(reverse("pipeline:stage_edit", args=[stage.pk]), {"name": "Discover", **given})
    assert AuditEntry.objects.get().detail == {"name": ["Explore", "Discover"]}


def test_a_new_one_comes_before_won(client: Client, admin: User, pipeline: Pipeline) -> None:
    client.post(reverse("pipeline:stage_create"), {"name": "Invest", "version": 1})
    assert names(pipeline) == ["Time", "Explore", "Change", "Collaborate", "Decide", "Invest", "Won", "Lost"]
    assert AuditEntry.objects.get().action == "stage added"


def test_reorder(client: Client, admin: User, pipeline: Pipeline) -> None:
    stage = pipeline.stages.get(name="Change")
    url = reverse("pipeline:stage_shift", args=[stage.pk])
    client.post(url, {"direction": "up"})
    assert names(pipeline)[:3] == ["Time", "Change", "Explore"]
    client.post(url, {"direction": "down"})
    assert names(pipeline)[:3] == ["Time", "Explore", "Change"]


def test_nothing_goes_past_the_ends(client: Client, admin: User, pipeline: Pipeline) -> None:
    before = names(pipeline)
    for name, direction in (("Time", "up"), ("Decide", "down"), ("Won", "up")):
        stage = pipeline.stages.get(name=name)
        client.post(reverse("pipeline:stage_shift", args=[stage.pk]), {"direction": direction})
    assert names(pipeline) == before


def test_remove_an_empty_one(client: Client, admin: User, pipeline: Pipeline) -> None:
    stage = pipeline.stages.get(name="Collaborate")
    client.post(reverse("pipeline:stage_remove", args=[stage.pk]))
    assert "Collaborate" not in names(pipeline)


@pytest.mark.parametrize("name", ["Time", "Won", "Lost"])
def test_says_why_one_cannot_go(client: Client, admin: User, pipeline: Pipeline, name: str) -> None:
    account = make.make_account()
    open_opportunity(account=account, name="A", value=1, origin="captured", owner=admin, by=admin)
    stage = pipeline.stages.get(name=name)
    answer = client.post(reverse("pipeline:stage_remove", args=[stage.pk]), follow=True)
    assert Stage.objects.filter(pk=stage.pk).exists()
    assert "stand in Time" in answer.content.decode() or "ends in a won" in answer.content.decode()


def test_choose_the_opening_stage(client: Client, admin: User, pipeline: Pipeline) -> None:
    stage = pipeline.stages.get(name="Explore")
    client.post(reverse("pipeline:opening_stage"), {"stage": stage.pk})
    pipeline.refresh_from_db()
    assert pipeline.opening_stage == stage
    won = pipeline.stages.get(name="Won")
    client.post(reverse("pipeline:opening_stage"), {"stage": won.pk})
    pipeline.refresh_from_db()
    assert pipeline.opening_stage == stage, "won is no opening stage"
