"""Two people at once."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from apps.activities.models import Activity
from apps.pipeline import services
from apps.pipeline.models import Opening, Pipeline, Stage
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each returned or raised; all started together."""
    barrier = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[index] = act()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[index] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_one_of_two_moves_wins_and_the_other_is_told() -> None:
    rep = make.make_user(team=make.make_team())
    dream_client = make.make_dream_client(owner=rep)
    opportunity = services.open_opportunity(
        account=dream_client.account, name="A", value=1, origin="captured", owner=rep, by=rep
    )
    stages = {one.name: one for one in services.default_pipeline().stages.all()}
    results = at_once(
        *(
            lambda name=name: services.move(opportunity=opportunity, stage=stages[name], by=rep, version=1)
            for name in ("Explore", "Change")
        )
    )
    assert sorted(type(one).__name__ for one in results) == ["MovedMeanwhile", "Opportunity"]
    assert Activity.objects.filter(kind=Activity.Kind.STAGE).count() == 1


def test_an_opening_is_credited_once() -> None:
    rep = make.make_user(team=make.make_team())
    dream_client = make.make_dream_client(owner=rep)
    pipeline = services.default_pipeline()
    stages = {one.name: one for one in pipeline.stages.all()}
    pipeline.opening_stage = stages["Explore"]
    pipeline.save()
    opportunity = services.open_opportunity(
        account=dream_client.account, name="A", value=1, origin="created", owner=rep, by=rep
    )
    results = at_once(
        *(
            lambda name=name: services.move(opportunity=opportunity, stage=stages[name], by=rep)
            for name in ("Explore", "Change", "Decide", "Collaborate")
        )
    )
    assert not [one for one in results if isinstance(one, Exception)]
    assert Opening.objects.count() == 1
    assert Activity.objects.filter(kind=Activity.Kind.OPENING).count() == 1


def test_the_default_pipeline_is_made_once() -> None:
    results = at_once(*[services.default_pipeline] * 4)
    assert len({one.pk for one in results}) == 1
    assert Pipeline.objects.count() == 1
    assert Stage.objects.count() == 7


def test_a_contact_is_put_in_once_by_two_clicks() -> None:
    rep = make.make_user(team=make.make_team())
    dream_client = make.make_dream_client(owner=rep)
    contact = make.make_contact(dream_client.account)
    opportunity = make.make_opportunity(dream_client.account, owner=rep)
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(rep)
    url, data = reverse("pipeline:person_add", args=[opportunity.pk]), {"contact": contact.pk, "role": ""}
    answers = at_once(*(lambda client=client: client.post(url, data).status_code for client in clients))
    assert answers == [302] * 4
    assert opportunity.people.count() == 1
