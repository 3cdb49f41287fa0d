import django.contrib.postgres.search
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

WORDS = models.Func(
    models.Func(models.F("title"), function="opener_key", output_field=models.TextField()),
    function="opener_words",
    output_field=django.contrib.postgres.search.SearchVectorField(),
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_search"), ("activities", "0002_tables")]

    operations = [
        migrations.AddIndex("task", GinIndex(WORDS, name="task_words", condition=models.Q(("done_at", None))))
    ]
