"""`manage.py rebuild_search`: the vocabulary anew, without the words that occur no more."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from apps.search.vocabulary import rebuild


class Command(BaseCommand):
    help = (
        "Collect the words that typos are checked against anew. Triggers add new ones; this forgets old ones."
    )

    def handle(self, **options: Any) -> None:
        began = time.monotonic()
        number = rebuild()
        if options["verbosity"] > 0:
            self.stdout.write(f"{number} words in {time.monotonic() - began:.1f} s.")
