"""What was demanded here becomes a version of the policy `data_standard`; what was shipped needs no version."""

import hashlib
import importlib
import json

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.exceptions import IrreversibleError


def content_of(apps: Apps) -> dict[str, object]:
    """Read the tables as the content of the policy."""
    fields, rules_of = (apps.get_model("standards", name) for name in ("RequiredField", "Rule"))
    required, rules = fields.objects.order_by("id"), rules_of.objects.filter(is_active=True).order_by("id")
    return {
        "required": [
            {"stage": row.stage, "field": row.field, "why": row.why, "not_for": row.not_for.split()} for row in required
        ],
        "rules": [
            {"kind": row.kind, "why": row.why, "params": json.loads(row.params), "not_for": row.not_for.split()}
            for row in rules
        ],
    }


def insist_as_shipped(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    content = content_of(apps)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if content["required"] and hashlib.sha256(text.encode("utf-8")).hexdigest() != SHIPPED:
        raise IrreversibleError(
            "The standards of this installation are not the shipped ones. No release could change them, so nobody"
            f" signed them. Put them back as shipped, migrate, and propose them as a policy: {text}"
        )


def fill_again(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Going back, what was shipped is demanded again; what was signed since stays in the policies."""
    importlib.import_module("counterfoil.standards.migrations.0002_sensible_defaults").fill(apps, schema_editor)


SHIPPED = "e208ea4cfd79a323f7b44d51399040c1b6504c3cfe6d42438b7bcb17c92961d8"


class Migration(migrations.Migration):
    dependencies = [("standards", "0002_sensible_defaults"), ("policies", "0001_initial")]
    operations = [migrations.RunPython(insist_as_shipped, fill_again)]
