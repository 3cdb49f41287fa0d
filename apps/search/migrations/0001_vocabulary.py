"""The other kinds that can be searched teach the vocabulary too, and it can be made anew."""

from django.db import migrations

TEACHERS = {
    "dreamclients_dreamclientlist": "name",
    "dreamclients_insight": "title",
    "sequences_sequence": "name",
    "pipeline_opportunity": "name",
    "activities_task": "title",
}

TEACH = """
create trigger learn_added after insert on {table} referencing new table as new_rows
  for each statement execute function opener_learn_added('{column}');
create trigger learn_changed after update on {table} for each row when (old.{column} is distinct from new.{column})
  execute function opener_learn_changed('{column}');
alter table {table} enable always trigger learn_added;
alter table {table} enable always trigger learn_changed;
insert into accounts_knownword (word)
  select distinct found.word from {table}, unnest(tsvector_to_array(opener_words(opener_key({column})))) as found(word)
  where length(found.word) between 4 and 30
    and not exists (select from accounts_knownword as known where known.word = found.word);
"""
STOP = """
drop trigger learn_changed on {table};
drop trigger learn_added on {table};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_search"),
        ("activities", "0003_search"),
        ("dreamclients", "0001_initial"),
        ("pipeline", "0003_search"),
        ("sequences", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(TEACH.format(table=table, column=column), STOP.format(table=table))
        for table, column in TEACHERS.items()
    ]
