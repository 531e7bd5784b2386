"""The second fence: what the database itself refuses, as SQL for each engine.

Django remakes SQLite tables on some alterations and silently drops their triggers, so every fence is
installed again after each `migrate`, and a test compares the wanted list with the catalogue.

The order of a posting is: postings first, then their entry. The entry's arrival proves the balance
(both sums, per currency and in base), the number of postings and the open period; a posting whose
entry never arrives stays pending and the COMMIT is refused; a posting for an entry that is already
there is refused at once. So an unbalanced entry cannot be committed by any path.

What refuses an INSERT on SQLite rolls the whole transaction back: for a fence that only aborts its statement,
SQLite keeps a journal of its own for every row, which doubles the cost of a bulk write.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

NEVER_CHANGE = (
    "ledger_entry",
    "ledger_posting",
    "audit_event",
    "audit_link",
    "audit_anchor",
    "decisions_decision",
    "decisions_item",
    "decisions_effect",
    "policies_version",
    "policies_act",
    "decisions_consulted",
    "decisions_dispute",
    "decisions_dispute_step",
    "standards_quality_audit",
    "standards_quality_sign_off",
    "receivables_allocation",
    "autonomy_level_change",
    "autonomy_verdict",
    "autonomy_answer",
    "autonomy_signature",
    "review_relaxation",
    "review_step",
)


@dataclass(frozen=True, slots=True)
class Fence:
    """A trigger by name, the table it guards, and the statement that makes it."""

    name: str
    table: str
    sql: str


def wanted(vendor: str) -> list[Fence]:
    """Return the triggers that must exist on an engine (`sqlite` or `postgresql`)."""
    return _postgresql() if vendor == "postgresql" else _sqlite()


def present(using: str = "default") -> set[str]:
    """Return the names of the product's triggers that the database's catalogue lists."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'cf\\_%%'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'cf\\_%%' ESCAPE '\\'")
        return {row[0] for row in cursor.fetchall()}


def missing(using: str = "default") -> list[str]:
    """Return the wanted triggers that the catalogue does not list."""
    return sorted({fence.name for fence in wanted(connections[using].vendor)} - present(using))


def install(using: str = "default") -> None:
    """Make every fence whose table exists, replacing older versions of it."""
    connection = connections[using]
    vendor = connection.vendor
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if "ledger_posting" not in tables:
            return
        for statement in _POSTGRESQL_SETUP if vendor == "postgresql" else _SQLITE_SETUP:
            cursor.execute(statement)
        for fence in wanted(vendor):
            if fence.table not in tables and fence.table != "ledger_pending":
                continue
            if vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {fence.name} ON {fence.table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {fence.name}")
            cursor.execute(fence.sql)


_SQLITE_SETUP = (
    """
    CREATE TABLE IF NOT EXISTS ledger_pending (
        entry_id integer NOT NULL PRIMARY KEY REFERENCES ledger_entry (id) DEFERRABLE INITIALLY DEFERRED)
    """,
)


def _sqlite() -> list[Fence]:
    fences = []
    for table in NEVER_CHANGE:
        for act in ("UPDATE", "DELETE"):
            name = f"cf_{table}_no_{act.lower()}"
            fences.append(
                Fence(
                    name,
                    table,
                    f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN"
                    f" SELECT RAISE(ABORT, 'counterfoil: {table} rows never change'); END",
                )
            )
    for act in ("UPDATE", "DELETE"):
        name = f"cf_billing_invoice_issued_no_{act.lower()}"
        fences.append(
            Fence(
                name,
                "billing_invoice",
                f"CREATE TRIGGER {name} BEFORE {act} ON billing_invoice WHEN OLD.state <> 'draft' BEGIN"
                " SELECT RAISE(ABORT, 'counterfoil: an issued document never changes'); END",
            )
        )
    for act, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        name = f"cf_billing_line_issued_no_{act.lower()}"
        fences.append(
            Fence(
                name,
                "billing_line",
                f"CREATE TRIGGER {name} BEFORE {act} ON billing_line"
                f" WHEN EXISTS (SELECT 1 FROM billing_invoice i WHERE i.id = {row}.invoice_id AND i.state <> 'draft')"
                f" BEGIN SELECT RAISE({'ROLLBACK' if act == 'INSERT' else 'ABORT'},"
                " 'counterfoil: an issued document never changes'); END",
            )
        )
    fences.append(
        Fence(
            "cf_ledger_posting_is_new",
            "ledger_posting",
            "CREATE TRIGGER cf_ledger_posting_is_new BEFORE INSERT ON ledger_posting"
            " WHEN NOT EXISTS (SELECT 1 FROM ledger_pending WHERE entry_id = NEW.entry_id) BEGIN"
            " SELECT RAISE(ROLLBACK, 'counterfoil: the entry is already posted')"
            "  WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id);"
            " INSERT INTO ledger_pending (entry_id) VALUES (NEW.entry_id); END",
        )
    )
    fences.append(
        Fence(
            "cf_ledger_entry_balances",
            "ledger_entry",
            "CREATE TRIGGER cf_ledger_entry_balances AFTER INSERT ON ledger_entry BEGIN"
            " DELETE FROM ledger_pending WHERE entry_id = NEW.id;"
            " SELECT RAISE(ROLLBACK, 'counterfoil: no such account in these books') WHERE EXISTS ("
            "  SELECT 1 FROM ledger_posting p WHERE p.entry_id = NEW.id AND NOT EXISTS ("
            "   SELECT 1 FROM ledger_account a WHERE a.id = p.account_id AND a.books_id = p.books_id));"
            " SELECT RAISE(ROLLBACK, 'counterfoil: the entry does not balance') WHERE ("
            "  SELECT count(*) <> NEW.postings OR NEW.postings < 2 OR sum(base_minor) <> 0"
            "   OR sum(entry_date <> NEW.entry_date OR books_id <> NEW.books_id) <> 0"
            "   OR CASE WHEN min(currency) = max(currency) THEN sum(amount_minor) <> 0"
            "    ELSE EXISTS (SELECT 1 FROM ledger_posting WHERE entry_id = NEW.id"
            "     GROUP BY currency HAVING sum(amount_minor) <> 0) END"
            "  FROM ledger_posting WHERE entry_id = NEW.id);"
            " SELECT RAISE(ROLLBACK, 'counterfoil: no such entry to reverse') WHERE NEW.reverses_id IS NOT NULL"
            "  AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.reverses_id AND books_id = NEW.books_id);"
            " SELECT RAISE(ROLLBACK, 'counterfoil: the period is closed') WHERE ("
            "  SELECT state = 'closed' AND end_date > NEW.entry_date FROM ledger_period"
            "  WHERE books_id = NEW.books_id AND start_date <= NEW.entry_date ORDER BY start_date DESC LIMIT 1); END",
        )
    )
    return fences


_REFUSE = """
CREATE OR REPLACE FUNCTION cf_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'counterfoil: %% rows never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
_ISSUED = """
CREATE OR REPLACE FUNCTION cf_refuse_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'counterfoil: an issued document never changes' USING ERRCODE = 'restrict_violation';
END $$
"""
_LINE_CHANGED = """
CREATE OR REPLACE FUNCTION cf_line_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_invoice i WHERE i.id = OLD.invoice_id AND i.state <> 'draft') THEN
        RAISE EXCEPTION 'counterfoil: an issued document never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$
"""
_LINES_INSERTED = """
CREATE OR REPLACE FUNCTION cf_lines_inserted() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_invoice i WHERE i.id IN (SELECT invoice_id FROM new_rows) AND i.state <> 'draft')
    THEN
        RAISE EXCEPTION 'counterfoil: an issued document never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
# A batch is planned for what it holds; a few rows are checked by plans that each session makes once, for planning costs
# more than the rows. Such a plan must hold while the tables grow: it goes by the index, however small they were when it
# was made. What a function sets ends with it.
_POSTINGS_INSERTED = """
CREATE OR REPLACE FUNCTION cf_postings_inserted() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    arrived bigint;
    lowest bigint;
    highest bigint;
BEGIN
    SELECT count(*), min(entry_id), max(entry_id) INTO arrived, lowest, highest FROM new_rows;
    IF arrived > 100 THEN
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
    END IF;
    IF EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id BETWEEN lowest AND highest)
       AND EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id IN (SELECT entry_id FROM new_rows))
    THEN
        RAISE EXCEPTION 'counterfoil: the entry is already posted' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT account_id, books_id FROM new_rows) n
        LEFT JOIN ledger_account a ON a.id = n.account_id AND a.books_id = n.books_id WHERE a.id IS NULL)
    THEN
        RAISE EXCEPTION 'counterfoil: no such account in these books' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO ledger_pending AS p (transaction, open) VALUES (pg_current_xact_id()::text, arrived)
        ON CONFLICT (transaction) DO UPDATE SET open = p.open + excluded.open;
    RETURN NULL;
END $$
"""
_ENTRIES_INSERTED = """
CREATE OR REPLACE FUNCTION cf_entries_inserted() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_nestloop = off SET enable_seqscan = off
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    arrived bigint;
    lowest bigint;
    highest bigint;
    oldest bigint;
    newest bigint;
    wrong bigint;
BEGIN
    SELECT sum(postings), min(id), max(id), min(reverses_id), max(reverses_id)
        INTO arrived, lowest, highest, oldest, newest FROM new_rows;
    IF arrived > 100 THEN
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
    END IF;
    SELECT e.id INTO wrong FROM new_rows e LEFT JOIN (
        SELECT entry_id, books_id, entry_date, sum(n) AS n, bool_or(a <> 0) AS off, sum(b) AS b FROM (
            SELECT entry_id, books_id, entry_date, count(*) AS n, sum(amount_minor) AS a, sum(base_minor) AS b
            FROM ledger_posting WHERE entry_id BETWEEN lowest AND highest
            GROUP BY entry_id, books_id, entry_date, currency) g
        GROUP BY entry_id, books_id, entry_date) p
        ON p.entry_id = e.id AND p.books_id = e.books_id AND p.entry_date = e.entry_date
    WHERE p.n IS DISTINCT FROM e.postings OR p.n < 2 OR p.off OR p.b <> 0 LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'counterfoil: the entry does not balance (%%)', wrong USING ERRCODE = 'check_violation';
    END IF;
    IF oldest IS NOT NULL AND EXISTS (
        SELECT 1 FROM new_rows e LEFT JOIN ledger_entry o
        ON o.id = e.reverses_id AND o.books_id = e.books_id AND o.id BETWEEN oldest AND newest
        WHERE e.reverses_id IS NOT NULL AND o.id IS NULL)
    THEN
        RAISE EXCEPTION 'counterfoil: no such entry to reverse' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM ledger_period q JOIN (SELECT DISTINCT books_id, entry_date FROM new_rows) e
        ON q.books_id = e.books_id AND q.start_date <= e.entry_date AND q.end_date > e.entry_date
        WHERE q.state = 'closed')
    THEN
        RAISE EXCEPTION 'counterfoil: the period is closed' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO ledger_pending AS p (transaction, open) VALUES (pg_current_xact_id()::text, -coalesce(arrived, 0))
        ON CONFLICT (transaction) DO UPDATE SET open = p.open + excluded.open;
    RETURN NULL;
END $$
"""
# The row of a transaction is inserted once in it, so that its insertion alone brings the check at COMMIT.
_NOTHING_PENDING = """
CREATE OR REPLACE FUNCTION cf_nothing_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT open FROM ledger_pending WHERE transaction = NEW.transaction) <> 0 THEN
        RAISE EXCEPTION 'counterfoil: postings without their entry' USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM ledger_pending WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$
"""
_POSTGRESQL_SETUP = (
    "CREATE TABLE IF NOT EXISTS ledger_pending (transaction text PRIMARY KEY, open bigint NOT NULL)",
    *(
        sql.replace("%%", "%")
        for sql in (
            _REFUSE,
            _ISSUED,
            _LINE_CHANGED,
            _LINES_INSERTED,
            _POSTINGS_INSERTED,
            _ENTRIES_INSERTED,
            _NOTHING_PENDING,
        )
    ),
)


def _postgresql() -> list[Fence]:
    fences = []
    for table in NEVER_CHANGE:
        name = f"cf_{table}_never_changes"
        fences.append(
            Fence(
                name,
                table,
                f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION cf_refuse_change()",
            )
        )
        fences.append(
            Fence(
                f"cf_{table}_no_truncate",
                table,
                f"CREATE TRIGGER cf_{table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION cf_refuse_change()",
            )
        )
    fences += [
        Fence(
            "cf_billing_invoice_issued",
            "billing_invoice",
            "CREATE TRIGGER cf_billing_invoice_issued BEFORE UPDATE OR DELETE ON billing_invoice"
            " FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION cf_refuse_issued()",
        ),
        Fence(
            "cf_billing_line_changed",
            "billing_line",
            "CREATE TRIGGER cf_billing_line_changed BEFORE UPDATE OR DELETE ON billing_line"
            " FOR EACH ROW EXECUTE FUNCTION cf_line_changed()",
        ),
        Fence(
            "cf_billing_line_inserted",
            "billing_line",
            "CREATE TRIGGER cf_billing_line_inserted AFTER INSERT ON billing_line"
            " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cf_lines_inserted()",
        ),
        Fence(
            "cf_ledger_posting_inserted",
            "ledger_posting",
            "CREATE TRIGGER cf_ledger_posting_inserted AFTER INSERT ON ledger_posting"
            " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cf_postings_inserted()",
        ),
        Fence(
            "cf_ledger_entry_inserted",
            "ledger_entry",
            "CREATE TRIGGER cf_ledger_entry_inserted AFTER INSERT ON ledger_entry"
            " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cf_entries_inserted()",
        ),
        Fence(
            "cf_ledger_nothing_pending",
            "ledger_pending",
            "CREATE CONSTRAINT TRIGGER cf_ledger_nothing_pending AFTER INSERT ON ledger_pending"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cf_nothing_pending()",
        ),
    ]
    return fences
