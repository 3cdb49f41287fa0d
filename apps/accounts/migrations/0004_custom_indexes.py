from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0003_custom_fields")]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=GinIndex(fields=["custom"], name="account_custom", opclasses=["jsonb_path_ops"]),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=GinIndex(fields=["custom"], name="contact_custom", opclasses=["jsonb_path_ops"]),
        ),
    ]
