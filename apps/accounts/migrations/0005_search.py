"""Search: what makes texts comparable in the database, their words, and the vocabulary against which typos are checked."""

import django.contrib.postgres.search
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Reverse

# As apps.accounts.names.name_key: without accents, case, and letters that a keyboard elsewhere lacks.
KEY = r"""
create function opener_key(body text) returns text language sql immutable strict parallel safe as $$
  select replace(replace(replace(replace(translate(
    lower(regexp_replace(normalize(body, nfkd), '[\u0300-\u036f]', '', 'g')),
    'øłđðħı', 'olddhi'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ß', 'ss')
$$;
"""

# Its price keeps the planner from computing it row by row; "restricted" keeps it from starting workers because of that.
WORDS = r"""
create function opener_words(key text) returns tsvector
language plpgsql immutable strict parallel restricted cost 10000 as $$
declare
  marks constant text := '.,&''’‘`´-/()+!"#$%*:;<=>?@[\]^_{|}~–—‐‑·•“”„«»…©®™°⁄';
  spaced constant text := translate(key, marks, repeat(' ', length(marks)));
begin
  if spaced = key then
    return to_tsvector('simple', key);
  end if;
  return to_tsvector('simple', spaced || ' ' || translate(key, marks, ''));
end
$$;
"""  # noqa: RUF001

# TG_ARGV[0] is the column. Rows that are added come a thousand at a time in an import, so the statement is looked at.
# Rows that are changed seldom change their names: the trigger's condition sorts them out before a function is called.
LEARN = r"""
create function opener_learn_added() returns trigger language plpgsql as $$
begin
  execute format($insert$
    insert into accounts_knownword (word)
    select distinct found.word
    from new_rows, unnest(tsvector_to_array(opener_words(opener_key(%I)))) as found(word)
    where length(found.word) between 4 and 30
      and not exists (select from accounts_knownword as known where known.word = found.word)
    $insert$, tg_argv[0]);
  return null;
end
$$;
create function opener_learn_changed() returns trigger language plpgsql as $$
begin
  insert into accounts_knownword (word)
  select found.word
  from unnest(tsvector_to_array(opener_words(opener_key(to_jsonb(new) ->> tg_argv[0])))) as found(word)
  where length(found.word) between 4 and 30
    and not exists (select from accounts_knownword as known where known.word = found.word);
  return null;
end
$$;
"""

FORGET = """
drop function opener_learn_changed;
drop function opener_learn_added;
drop function opener_words;
drop function opener_key;
"""

# "Always": a load that turns the checks of foreign keys off still teaches its words.
TRIGGERS = """
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
NO_TRIGGERS = """
drop trigger learn_changed on {table};
drop trigger learn_added on {table};
"""


def learn(table: str, column: str) -> migrations.RunSQL:
    return migrations.RunSQL(TRIGGERS.format(table=table, column=column), NO_TRIGGERS.format(table=table))


def words(field: models.F | models.Func) -> models.Func:
    vector = django.contrib.postgres.search.SearchVectorField()
    return models.Func(field, function="opener_words", output_field=vector)


def last_digits(field: str) -> models.Func:
    digits = models.Func(
        models.F(field),
        models.Value(r"\D"),
        models.Value(""),
        models.Value("g"),
        function="regexp_replace",
        output_field=models.TextField(),
    )
    return OpClass(Reverse(digits), name="text_pattern_ops")


NAME = models.F("name_key")
BODY = models.Func(models.F("body"), function="opener_key", output_field=models.TextField())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_custom_fields_go")]

    operations = [
        migrations.RunSQL(KEY + WORDS + LEARN, FORGET),
        migrations.CreateModel(
            name="KnownWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.TextField(db_collation="C")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["word"], name="known_word"),
                    models.Index(Reverse("word"), name="known_word_from_its_end"),
                ],
            },
        ),
        migrations.RemoveIndex("account", "account_name_words"),
        migrations.RemoveIndex("contact", "contact_name_words"),
        migrations.AddIndex("account", GinIndex(words(NAME), name="account_name_words")),
        migrations.AddIndex("contact", GinIndex(words(NAME), name="contact_name_words")),
        migrations.AddIndex("note", GinIndex(words(BODY), name="note_words")),
        migrations.AddIndex(
            "account",
            models.Index(fields=["domain"], name="account_domain_prefix", opclasses=["varchar_pattern_ops"]),
        ),
        migrations.AddIndex(
            "account",
            models.Index(
                last_digits("phone"),
                condition=models.Q(("phone", ""), _negated=True),
                name="account_phone_end",
            ),
        ),
        migrations.AddIndex("contactphone", models.Index(last_digits("number"), name="contact_phone_end")),
        learn("accounts_account", "name_key"),
        learn("accounts_contact", "name_key"),
        learn("accounts_note", "body"),
    ]
