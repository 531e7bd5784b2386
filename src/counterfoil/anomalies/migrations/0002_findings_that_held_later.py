from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("anomalies", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="noted", name="one_note_per_subject_and_code"),
        migrations.AddConstraint(
            model_name="noted",
            constraint=models.UniqueConstraint(
                fields=("books", "subject", "content_hash", "code", "field", "has_held"),
                name="one_finding_per_content",
            ),
        ),
        migrations.AddIndex(
            model_name="noted",
            index=models.Index(fields=["books", "customer_id"], name="found_by_customer"),
        ),
        migrations.AddIndex(
            model_name="noted",
            index=models.Index(fields=["books", "seen_at"], name="found_by_day"),
        ),
    ]
