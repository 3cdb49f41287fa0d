from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("pipeline", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="opportunity",
            index=GinIndex(fields=["custom"], name="opportunity_custom", opclasses=["jsonb_path_ops"]),
        ),
    ]
