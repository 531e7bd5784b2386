"""Addresses of the pages. Public references are the numbers that the pages print."""

from django.urls import path, register_converter

from counterfoil.web import converters
from counterfoil.web.views import gate, ledger, people, trust

register_converter(converters.DealNumber, "deal")
register_converter(converters.EntryNumber, "entry")
register_converter(converters.DecisionNumber, "decision")
register_converter(converters.ImportNumber, "import")
register_converter(converters.Month, "month")

app_name = "web"
urlpatterns = [
    path("sign-in", gate.sign_in, name="sign-in"),
    path("demo/sign-in", gate.demo_sign_in, name="demo-sign-in"),
    path("sign-out", gate.sign_out, name="sign-out"),
    path("set-up", gate.set_up, name="set-up"),
    path("theme", gate.theme, name="theme"),
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger/reports/<slug:name>", ledger.report, name="report"),
    path("ledger/reports/<slug:name>.<str:form>", ledger.report_file, name="report-file"),
    path("ledger/accounts/<str:code>", ledger.account, name="account"),
    path("ledger/entries/<entry:entry_id>", ledger.entry, name="entry"),
    path("periods", ledger.periods, name="periods"),
    path("periods/<month:month>/close", ledger.close_period, name="period-close"),
    path("periods/<month:month>/reopen", ledger.reopen_period, name="period-reopen"),
    path("audit", trust.audit_trail, name="audit"),
    path("audit/verify", trust.verify, name="audit-verify"),
    path("audit/head", trust.head, name="audit-head"),
    path("decisions/<decision:decision_id>", trust.decision, name="decision"),
    path("people", people.people_and_tokens, name="people"),
    path("people/new", people.add_person, name="person-new"),
    path("people/tokens/new", people.make_token, name="token-new"),
    path("people/tokens/<int:token_id>/revoke", people.revoke_token, name="token-revoke"),
]
