import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_tables")]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="help_text",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="help"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="customfield",
            name="is_required",
            field=models.BooleanField(default=False, verbose_name="required"),
        ),
        migrations.AddField(
            model_name="customfield",
            name="archived_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="customfield",
            name="indexed_as",
            field=models.CharField(blank=True, default="", editable=False, max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="customfield",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.CreateModel(
            name="ChoiceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.CharField(max_length=80)),
                ("after", models.CharField(blank=True, max_length=80)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "field",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="choice_changes",
                        to="accounts.customfield",
                    ),
                ),
            ],
        ),
    ]
