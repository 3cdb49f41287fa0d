import pytest
from django.urls import reverse

from apps.sequences import authoring
from apps.sequences.models import Enrollment, Schedule, Sequence, Step
from apps.sequences.services import enroll
from tests.factories import make_contact, make_sequence, make_user

STEP = {
    "channels": ["email"],
    "delay_days": "2",
    "intent": "give",
    "subject": "For {{ company }}",
    "body": "Hi {{ first_name | there }}",
}


@pytest.fixture
def sequence(world):
    return make_sequence(("call", 0), ("auto_email", 2), owner=world.rep, schedule=world.schedule)


def step_of(sequence, position=1):
    return authoring.current_version(sequence).steps.get(position=position)


def test_the_list_holds_the_teams_sequences(client, world, sequence):
    client.force_login(world.rep)
    other = make_sequence(owner=world.outsider, name="Theirs")
    everybodys = make_sequence(owner=world.outsider, team_id=None, name="Everybodys")
    html = client.get(reverse("sequences:list")).content.decode()
    assert sequence.name in html
    assert everybodys.name in html
    assert other.name not in html
    client.force_login(world.outsider)
    assert sequence.name not in client.get(reverse("sequences:list")).content.decode()


def test_the_list_asks_as_few_questions_for_many_as_for_one(client, world, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(world.rep)
    make_sequence(owner=world.rep)
    client.get(reverse("sequences:list"))
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(reverse("sequences:list"))
    for _number in range(9):
        sequence = make_sequence(owner=world.rep)
        contact = make_contact(world.account)
        enroll(contacts=[contact], sequence=sequence, dream_client=world.dream_client, by=world.rep)
    with django_assert_num_queries(len(few)):
        response = client.get(reverse("sequences:list"))
    page = response.context["page"]
    assert len(page.rows) == 10
    assert {row.step_count for row in page.rows} == {2}
    assert sum(row.running_count for row in page.rows) == 9


def test_archived_ones_have_a_place_of_their_own(client, world, sequence):
    Sequence.objects.update(status="archived")
    client.force_login(world.rep)
    assert sequence.name not in client.get(reverse("sequences:list")).content.decode()
    assert sequence.name in client.get(reverse("sequences:list") + "?view=archived").content.decode()


def test_a_rep_makes_one_for_their_team(client, world):
    client.force_login(world.rep)
    page = client.get(reverse("sequences:create"))
    assert page.status_code == 200
    data = {"name": "Energy", "team": world.team.pk, "schedule": world.schedule.pk, "exit_on_reply": "on"}
    response = client.post(reverse("sequences:create"), data)
    sequence = Sequence.objects.get()
    assert response.url == reverse("sequences:detail", args=[sequence.pk])
    assert (sequence.owner, sequence.team, sequence.status, sequence.exit_on_meeting) == (
        world.rep,
        world.team,
        "draft",
        False,
    )


@pytest.mark.parametrize("team", ["", "theirs"])
def test_a_rep_makes_none_for_everybody_nor_for_another_team(client, world, team):
    client.force_login(world.rep)
    pk = world.outsider.home_team_id if team else ""
    data = {"name": "Energy", "team": pk, "schedule": world.schedule.pk}
    assert client.post(reverse("sequences:create"), data).status_code == 422
    assert not Sequence.objects.exists()


def test_an_admin_makes_one_for_everybody(client, world):
    client.force_login(make_user("Ada Min", is_admin=True))
    client.post(reverse("sequences:create"), {"name": "All", "team": "", "schedule": world.schedule.pk})
    assert Sequence.objects.get().team is None


def test_without_any_schedule_the_form_brings_one(client, world):
    Schedule.objects.all().delete()
    client.force_login(world.rep)
    assert client.get(reverse("sequences:create")).status_code == 200
    assert Schedule.objects.get().weekdays == [0, 1, 2, 3, 4]


def test_editing_notices_a_second_editor(client, world, sequence):
    client.force_login(world.manager)
    url = reverse("sequences:edit", args=[sequence.pk])
    data = {"name": "Renamed", "team": world.team.pk, "schedule": world.schedule.pk, "version": "1"}
    assert client.post(url, data).status_code == 302
    second = client.post(url, data | {"name": "Mine"})
    assert second.status_code == 422
    assert "Renamed" in second.content.decode()
    sequence.refresh_from_db()
    assert sequence.name == "Renamed"


@pytest.mark.parametrize("who", ["rep", "manager", "colleague"])
def test_the_page_of_a_sequence(client, world, sequence, who):
    user = {
        "rep": world.rep,
        "manager": world.manager,
        "colleague": make_user("Cid Dee", team=world.team),
    }[who]
    enroll(contacts=[world.contact], sequence=sequence, dream_client=world.dream_client, by=world.rep)
    client.force_login(user)
    response = client.get(reverse("sequences:detail", args=[sequence.pk]))
    html = response.content.decode()
    assert [item.day for item in response.context["flow"]] == [1, 3]
    assert world.contact.name in html
    assert ("Add a step" in html) is (who != "colleague")


def test_an_outsider_finds_nothing(client, world, sequence):
    client.force_login(world.outsider)
    step = step_of(sequence)
    for name, pk in [("detail", sequence.pk), ("preview", sequence.pk), ("edit", sequence.pk)]:
        assert client.get(reverse(f"sequences:{name}", args=[pk])).status_code == 404
    for name, pk in [
        ("edit", sequence.pk),
        ("status", sequence.pk),
        ("step_create", sequence.pk),
        ("step_edit", step.pk),
        ("step_remove", step.pk),
        ("step_move", step.pk),
    ]:
        assert client.post(reverse(f"sequences:{name}", args=[pk]), STEP).status_code == 404


def test_a_colleague_reads_and_does_not_write(client, world, sequence):
    client.force_login(make_user("Cid Dee", team=world.team))
    assert client.get(reverse("sequences:detail", args=[sequence.pk])).status_code == 200
    assert client.post(reverse("sequences:step_create", args=[sequence.pk]), STEP).status_code == 404
    assert (
        client.post(reverse("sequences:status", args=[sequence.pk]), {"status": "paused"}).status_code == 404
    )


def test_a_step_is_added_after_another(client, world, sequence):
    client.force_login(world.rep)
    url = reverse("sequences:step_create", args=[sequence.pk])
    assert client.get(url).status_code == 200
    response = client.post(f"{url}?after={step_of(sequence).pk}", STEP)
    assert response.url == reverse("sequences:detail", args=[sequence.pk])
    step = step_of(sequence, 2)
    assert (step.channels, step.delay_days, step.variants.get().subject) == (
        ["email"],
        2,
        "For {{ company }}",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"body": "{{ nick_name }}"}, "nick_name"),
        ({"subject": "{{ first_name"}, "not closed"),
        ({"channels": ["auto_email", "call"]}, "stands alone"),
        ({"delay_days": "-1"}, "Write 0 or more"),
        ({"channels": []}, "required"),
        ({"channels": ["smoke"]}, "not there any more"),
    ],
)
def test_a_step_that_cannot_be_is_said_at_its_field(client, world, sequence, change, said):
    client.force_login(world.rep)
    response = client.post(reverse("sequences:step_create", args=[sequence.pk]), STEP | change)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert Step.objects.count() == 2


def test_a_step_is_changed(client, world, sequence):
    client.force_login(world.rep)
    step = step_of(sequence)
    url = reverse("sequences:step_edit", args=[step.pk])
    page = client.get(url)
    version = page.context["form"]["version"].value()
    response = client.post(url, STEP | {"version": version})
    assert response.status_code == 302
    step.refresh_from_db()
    assert step.channels == ["email"]

    late = client.post(url, STEP | {"version": version, "subject": "Mine"})
    assert late.status_code == 422
    assert "Somebody changed this" in late.content.decode()


def test_a_step_of_an_older_version_leads_back(client, world, sequence):
    step = step_of(sequence)
    enroll(contacts=[world.contact], sequence=sequence, dream_client=world.dream_client, by=world.rep)
    client.force_login(world.rep)
    client.post(reverse("sequences:step_move", args=[step.pk]), {"to": "down"})
    assert [s.channels[0] for s in authoring.current_version(sequence).steps.all()] == ["auto_email", "call"]
    assert Enrollment.objects.get().sequence_version.steps.first() == step
    for name in ("step_move", "step_remove", "step_edit"):
        response = client.post(reverse(f"sequences:{name}", args=[step.pk]), STEP, follow=True)
        assert "Somebody changed this sequence meanwhile" in response.content.decode()
    assert sequence.versions.count() == 2


def test_a_step_is_removed(client, world, sequence):
    client.force_login(world.rep)
    client.post(reverse("sequences:step_remove", args=[step_of(sequence).pk]))
    assert [step.position for step in authoring.current_version(sequence).steps.all()] == [1]


def test_nothing_changes_by_looking(client, world, sequence):
    client.force_login(world.rep)
    for name, pk in [("status", sequence.pk), ("step_remove", step_of(sequence).pk), ("step_move", 1)]:
        assert client.get(reverse(f"sequences:{name}", args=[pk])).status_code == 405


def test_the_form_of_a_step_shows_what_a_contact_would_read(client, world, sequence):
    client.force_login(world.rep)
    url = reverse("sequences:step_create", args=[sequence.pk])
    data = STEP | {"preview": "1", "q": world.contact.last_name, "body": "Hi {{ first_name }}, {{ title }}"}
    response = client.post(url, data)
    html = response.content.decode()
    assert response.status_code == 200
    assert "For Acme" in html
    assert "Hi Carla, [title]" in html
    assert "without a fallback: title" in html
    assert Step.objects.count() == 2
    part = client.post(url, data, headers={"HX-Request": "true", "HX-Target": "div#preview"}).content.decode()
    assert part.strip().startswith('<div id="preview"')


def test_the_preview_of_a_sequence_finds_contacts_by_name_and_company(client, world, sequence):
    client.force_login(world.rep)
    url = reverse("sequences:preview", args=[sequence.pk])
    for query in (world.contact.last_name, f"Carla {world.contact.last_name}", "acm", ""):
        response = client.get(url, {"q": query})
        assert world.contact in response.context["found"], query
        assert "Hello" in response.content.decode()
    assert client.get(url, {"q": "nobody\x00"}).context["contact"] is None
    chosen = client.get(url, {"q": "acme", "contact": world.colleague.pk})
    assert "Hello Dora" in chosen.content.decode()


def test_what_a_contact_would_read_is_escaped(client, world, sequence):
    contact = make_contact(world.account, first_name="<script>x</script>")
    client.force_login(world.rep)
    html = client.get(
        reverse("sequences:preview", args=[sequence.pk]), {"contact": contact.pk}
    ).content.decode()
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html


def test_activate_pause_archive(client, world, sequence):
    client.force_login(world.manager)
    url = reverse("sequences:status", args=[sequence.pk])
    for status in ("paused", "active", "archived"):
        client.post(url, {"status": status})
        sequence.refresh_from_db()
        assert sequence.status == status
    client.post(url, {"status": "nonsense"})
    step_of(sequence).variants.update(body="{{ nick }}")
    html = client.post(url, {"status": "active"}, follow=True).content.decode()
    assert "nick" in html
    sequence.refresh_from_db()
    assert sequence.status == "archived"


def test_schedules_are_read_by_all_and_written_by_admins(client, world):
    data = {
        "name": "Late",
        "weekdays": ["0", "2"],
        "start": "12:00",
        "end": "20:00",
        "time_zone": "Europe/Berlin",
        "country": "DE",
    }
    client.force_login(world.manager)
    assert client.get(reverse("sequences:schedules")).status_code == 200
    assert client.post(reverse("sequences:schedule_create"), data).status_code == 403
    client.force_login(make_user("Ada Min", is_admin=True))
    assert client.post(reverse("sequences:schedule_create"), data | {"end": "11:00"}).status_code == 422
    client.post(reverse("sequences:schedule_create"), data)
    schedule = Schedule.objects.get(name="Late")
    assert schedule.weekdays == [0, 2]
    url = reverse("sequences:schedule_edit", args=[schedule.pk])
    assert client.get(url).status_code == 200
    client.post(url, data | {"weekdays": ["0", "1", "2"], "version": schedule.version})
    assert "Mon–Wed" in client.get(reverse("sequences:schedules")).content.decode()
