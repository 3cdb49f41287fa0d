from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("dreamclients", "0003_trigger_events")]

    operations = [
        AddIndexConcurrently(
            model_name="dreamclient",
            index=GinIndex(fields=["custom"], name="dream_client_custom", opclasses=["jsonb_path_ops"]),
        ),
    ]
