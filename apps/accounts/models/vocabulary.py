"""The words that occur in what can be searched."""

from django.db import models
from django.db.models.functions import Reverse


class KnownWord(models.Model):
    """A word of four to thirty letters that occurs, or once did, in a text that can be searched.

    Triggers add the words of new and changed rows, `manage.py rebuild_search` forgets those that are gone. A word may
    be there twice: a constraint would have two imports wait for each other, or stop one of them.
    """

    word = models.TextField(db_collation="C")

    class Meta:
        indexes = [
            # Words that begin, or end, like one that was mistyped.
            models.Index(fields=["word"], name="known_word"),
            models.Index(Reverse("word"), name="known_word_from_its_end"),
        ]

    def __str__(self) -> str:
        return self.word
