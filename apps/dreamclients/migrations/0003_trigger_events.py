from django.db import migrations


class Migration(migrations.Migration):
    """What stood in the text field becomes the first event of each."""

    dependencies = [("dreamclients", "0002_living_lists")]

    operations = [
        # What stood in the text field is the first event of each; nobody is reminded of it anew.
        migrations.RunSQL(
            """
            insert into dreamclients_triggerevent (dream_client_id, what, "on", url, by_id, created_at)
            select id, trigger_event, (targeted_at at time zone 'UTC')::date, '', owner_id, targeted_at
            from dreamclients_dreamclient where trigger_event <> '';
            insert into dreamclients_broughtup (dream_client_id, event_id, at)
            select dream_client_id, id, now() from dreamclients_triggerevent;
            """,
            migrations.RunSQL.noop,
        ),
    ]
