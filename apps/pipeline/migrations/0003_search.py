import django.contrib.postgres.search
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

WORDS = models.Func(
    models.Func(models.F("name"), function="opener_key", output_field=models.TextField()),
    function="opener_words",
    output_field=django.contrib.postgres.search.SearchVectorField(),
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_search"), ("pipeline", "0002_custom_index")]

    operations = [migrations.AddIndex("opportunity", GinIndex(WORDS, name="opportunity_words"))]
