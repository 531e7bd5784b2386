import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_initial"),
        ("crm", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="TaxRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("code", models.CharField(max_length=20)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("tax_class", models.CharField(max_length=20)),
                ("name", models.CharField(blank=True, max_length=40)),
                ("percent", models.DecimalField(decimal_places=4, max_digits=7)),
                ("valid_from", models.DateField()),
            ],
            options={
                "db_table": "billing_tax_rate",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("books", "code", "valid_from"), name="one_tax_rate_per_code_and_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent__gte", 0), ("percent__lte", 100)), name="tax_rate_is_a_percentage"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("kind", models.CharField(max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("branch", models.CharField(blank=True, max_length=8)),
                ("pattern", models.CharField(max_length=60)),
                ("next_no", models.BigIntegerField(default=1)),
                ("last_date", models.DateField(null=True)),
            ],
            options={
                "db_table": "billing_series",
                "constraints": [
                    models.UniqueConstraint(fields=("books", "kind", "year", "branch"), name="one_series_per_branch"),
                    models.CheckConstraint(condition=models.Q(("next_no__gte", 1)), name="series_counts_from_one"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("kind", models.CharField(max_length=12)),
                ("state", models.CharField(max_length=8)),
                (
                    "series",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="billing.series"
                    ),
                ),
                ("no", models.BigIntegerField(null=True)),
                ("number", models.CharField(blank=True, max_length=60)),
                ("source", models.CharField(max_length=120)),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.customer")),
                (
                    "contract",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="contracts.contract"),
                ),
                (
                    "credits",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_note",
                        to="billing.invoice",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("issue_date", models.DateField()),
                ("due_date", models.DateField()),
                ("term", models.CharField(max_length=40)),
                ("po_number", models.CharField(blank=True, max_length=120)),
                ("note", models.TextField(blank=True)),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("gross_minor", models.BigIntegerField()),
                ("base_gross_minor", models.BigIntegerField(null=True)),
                ("base_tax_minor", models.BigIntegerField(null=True)),
                ("is_conditional", models.BooleanField(default=False)),
                ("content", models.TextField(blank=True)),
                ("issued_at", models.DateTimeField(null=True)),
                ("entry_id", models.BigIntegerField(null=True)),
                ("event_id", models.BigIntegerField(null=True)),
                ("item_hash", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "db_table": "billing_invoice",
                "indexes": [models.Index(fields=["books", "issue_date", "id"], name="document_by_issue_date")],
                "constraints": [
                    models.UniqueConstraint(fields=("books", "source"), name="one_document_per_source"),
                    models.UniqueConstraint(fields=("books", "series", "no"), name="one_document_per_number_in_series"),
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("books", "number"),
                        name="one_document_per_printed_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("no", None), ("number", ""), ("state", "draft")),
                            models.Q(
                                ("gross_minor__gt", 0),
                                ("no__isnull", False),
                                ("series__isnull", False),
                                ("state", "issued"),
                            ),
                            _connector="OR",
                        ),
                        name="a_draft_has_no_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credits", None), ("kind", "invoice")),
                            models.Q(("credits__isnull", False), ("kind", "credit_note")),
                            _connector="OR",
                        ),
                        name="a_credit_note_names_its_invoice",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "invoice_id", "no", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "books",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.books",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="billing.invoice",
                    ),
                ),
                ("no", models.PositiveIntegerField()),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.product"
                    ),
                ),
                ("product_code", models.CharField(blank=True, max_length=80)),
                ("description", models.TextField()),
                ("quantity_micro", models.BigIntegerField()),
                ("unit_price_minor", models.BigIntegerField()),
                ("discount_percent", models.DecimalField(decimal_places=6, max_digits=12)),
                ("net_minor", models.BigIntegerField()),
                ("tax_code", models.CharField(max_length=20)),
                ("tax_name", models.CharField(blank=True, max_length=40)),
                ("tax_percent", models.DecimalField(decimal_places=4, max_digits=7)),
                ("recognition", models.CharField(max_length=16)),
                ("service_start", models.DateField(null=True)),
                ("service_end", models.DateField(null=True)),
                ("delivered_on", models.DateField(null=True)),
                (
                    "contract_line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="contracts.contractline",
                    ),
                ),
            ],
            options={
                "db_table": "billing_line",
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                (
                    "invoice",
                    models.OneToOneField(
                        db_column="id",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="billing.invoice",
                    ),
                ),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("unconditional_from", models.DateField(null=True)),
                ("gross_minor", models.BigIntegerField()),
                ("grossed_minor", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "billing_condition",
                "indexes": [
                    models.Index(
                        condition=models.Q(("grossed_minor__lt", models.F("gross_minor"))),
                        fields=["books", "unconditional_from"],
                        name="condition_to_come",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grossed_minor__gte", 0), ("grossed_minor__lte", models.F("gross_minor"))),
                        name="grossed_up_within_the_invoice",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GrossUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("invoice", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="billing.invoice")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("source", models.CharField(max_length=120)),
                ("on_date", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                ("entry_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "billing_gross_up",
                "constraints": [models.UniqueConstraint(fields=("books", "source"), name="one_gross_up_per_source")],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Rendering",
            fields=[
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="billing.invoice",
                    ),
                ),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("head_sequence", models.BigIntegerField()),
                ("head_hash", models.CharField(max_length=64)),
                ("pay_to", models.CharField(blank=True, max_length=400)),
                ("rendered_at", models.DateTimeField()),
                ("event_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "billing_rendering",
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="HeldInvoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "books",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="people.books"),
                ),
                ("source", models.CharField(max_length=120)),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.customer")),
                ("currency", models.CharField(max_length=3)),
                ("net_minor", models.BigIntegerField()),
                ("issue_date", models.DateField()),
                ("code", models.CharField(max_length=60)),
                ("facts", models.TextField()),
                ("field", models.CharField(blank=True, max_length=80)),
                ("request", models.TextField()),
                ("actor", models.CharField(max_length=200)),
                ("held_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "billing_held_invoice",
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["books", "id"],
                        name="held_invoices_to_look_at",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("books", "source"), name="one_held_invoice_per_source")
                ],
            },
        ),
    ]
