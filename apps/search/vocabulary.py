"""The words that typos are checked against, collected anew."""

from django.db import connection, transaction
from psycopg import sql

from apps.accounts.models import KnownWord

TEACHERS = """
select pg_trigger.tgrelid::regclass::text, rtrim(encode(tgargs, 'escape'), '\\000')
from pg_trigger join pg_proc on pg_proc.oid = tgfoid
where proname = 'opener_learn_added'
order by 1
"""
"""The tables that teach their words, and the column that holds them: their triggers are the only list of it."""

COLLECT = """
insert into accounts_knownword (word)
select distinct found.word from {table}, unnest(tsvector_to_array(opener_words(opener_key({column})))) as found(word)
where length(found.word) between 4 and 30
  and not exists (select from accounts_knownword as known where known.word = found.word)
"""


def rebuild() -> int:
    """Forget all words and collect those that occur now; returns how many. Search goes on with the old ones meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from accounts_knownword")
        cursor.execute(TEACHERS)
        for table, column in cursor.fetchall():
            names = {"table": sql.SQL(table), "column": sql.Identifier(column)}
            cursor.execute(sql.SQL(COLLECT).format(**names))
        return KnownWord.objects.count()
