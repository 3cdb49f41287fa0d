"""What the demo's people wrote down stands on the timelines, and names a colleague here and there."""

from datetime import datetime

from django.db import connection


def on_the_timelines(now: datetime) -> None:
    """An activity for each note, and the mentions in them: two statements, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into activities_activity (
                at, recorded_at, kind, source, by_id, team_id, account_id, contact_id, channels, intent, outcome,
                subject, body, note_id, data
            )
            select created_at, created_at, 'note', 'user', author_id, team_id, account_id, contact_id, '{}', '', '',
                '', '', id, '{}'
            from accounts_note where created_at <= %s
            """,
            [now],
        )
        cursor.execute(
            """
            insert into accounts_note_mentions (note_id, user_id)
            select note.id, colleague.id from accounts_note note
            join users_user colleague on note.body like '%@' || colleague.name || '%'
            where note.body like '%@%'
            """
        )
