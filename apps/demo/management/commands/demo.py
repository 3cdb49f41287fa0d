"""`manage.py demo`: a believable organisation to try Opener on."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.demo.load import Size, load
from apps.users.models import User


class Command(BaseCommand):
    help = "Fill an empty database with a made-up organisation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--accounts",
            type=int,
            default=618,
            help="how many companies (618, of which some 600 are dream clients)",
        )
        parser.add_argument("--activities", type=int, help="about how many activities (as the stories take)")
        parser.add_argument("--reps", type=int, help="how many reps (12; more for many companies)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same data (1)")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where there are users already"
        )

    def handle(self, **options: Any) -> None:
        if User.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError(
                "This database holds an organisation already, and the demo would mix with it. Give the demo a database of its "
                "own, such as another OPENER_DATA_DIR."
            )
        accounts = options["accounts"]
        reps = options["reps"] or (12 if accounts <= 1000 else min(200, 12 + accounts // 1000))
        if accounts < 0 or reps < 1:
            raise CommandError("--accounts must not be negative, and there must be at least one of --reps.")
        began = time.monotonic()
        load(size=Size(accounts, options["activities"], reps), seed=options["seed"], now=timezone.now())
        if options["verbosity"] > 0:
            self.stdout.write(
                f"The demo is ready: {accounts} companies, {reps} reps, {time.monotonic() - began:.1f} s."
            )
