from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tables", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="bulkjob",
            name="left_out",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RemoveIndex(model_name="bulkjob", name="bulk_job_of_owner"),
        migrations.AddIndex(
            model_name="bulkjob",
            index=models.Index(fields=["owner", "-created_at", "-id"], name="bulk_job_of_owner"),
        ),
    ]
