"""Addresses of the pages. Public references are the numbers that the pages print."""

from django.urls import path, register_converter

from counterfoil.web import converters
from counterfoil.web.views import (
    auditing,
    billing,
    gate,
    imports,
    ledger,
    money,
    passport,
    people,
    policies,
    quality,
    review,
    sales,
    search,
    today,
    trust,
    waiting,
)

register_converter(converters.DealNumber, "deal")
register_converter(converters.EntryNumber, "entry")
register_converter(converters.DecisionNumber, "decision")
register_converter(converters.CaseNumber, "case")
register_converter(converters.ImportNumber, "import")
register_converter(converters.PaymentNumber, "payment")
register_converter(converters.Month, "month")

app_name = "web"
urlpatterns = [
    path("", today.today, name="today"),
    # the door
    path("sign-in", gate.sign_in, name="sign-in"),
    path("demo/sign-in", gate.demo_sign_in, name="demo-sign-in"),
    path("sign-out", gate.sign_out, name="sign-out"),
    path("set-up", gate.set_up, name="set-up"),
    path("theme", gate.theme, name="theme"),
    path("search", search.search, name="search"),
    path("search/palette", search.palette, name="palette"),
    # review
    path("review", review.queue, name="review"),
    path("review/several", review.several, name="review-several"),
    path("review/<case:case_id>/answer", review.answer, name="review-answer"),
    path("review/<case:case_id>/undo", review.undo, name="review-undo"),
    path("review/<case:case_id>/assign", review.assign, name="review-assign"),
    path("review/<case:case_id>/comment", review.comment, name="review-comment"),
    path("deals/<deal:opportunity_id>/ask", review.ask_approval, name="deal-ask"),
    # sell
    path("deals", sales.deals, name="deals"),
    path("deals/held", sales.held, name="held"),
    path("deals/close", sales.close_all, name="deals-close"),
    path("deals/alias", sales.alias, name="alias"),
    path("deals/<deal:opportunity_id>", sales.deal, name="deal"),
    path("deals/<deal:opportunity_id>/close", sales.close_one, name="deal-close"),
    path("deals/<deal:opportunity_id>/terms", sales.save_terms, name="deal-terms"),
    path("deals/<deal:opportunity_id>/preview", sales.deal_preview, name="deal-preview"),
    path("deals/<deal:opportunity_id>/win", sales.win, name="deal-win"),
    path("customers", sales.customers, name="customers"),
    path("customers/new", sales.add_customer, name="customer-new"),
    path("customers/<int:customer_id>", sales.customer, name="customer"),
    path("customers/<int:customer_id>/change", sales.change_customer, name="customer-change"),
    path("products", sales.products, name="products"),
    path("products/new", sales.add_product, name="product-new"),
    # bill
    path("contracts", billing.contracts, name="contracts"),
    path("contracts/<str:number>", billing.contract, name="contract"),
    path("contracts/<str:number>/deliver", billing.deliver, name="deliver"),
    path("invoices", billing.invoices, name="invoices"),
    path("invoices/new", billing.add_invoice, name="invoice-new"),
    path("invoices/waiting", waiting.waiting, name="waiting"),
    path("invoices/waiting/H-<int:held_id>/enter", waiting.enter_held, name="held-enter"),
    path("invoices/waiting/H-<int:held_id>/discard", waiting.discard_held, name="held-discard"),
    path("invoices/waiting/<int:draft_id>/issue", waiting.issue_draft, name="draft-issue"),
    path("invoices/waiting/<int:draft_id>/discard", waiting.discard_draft, name="draft-discard"),
    path("invoices/<str:number>", billing.invoice, name="invoice"),
    path("invoices/<str:number>/pdf", billing.invoice_pdf, name="invoice-pdf"),
    path("invoices/<str:number>/credit", billing.credit, name="credit"),
    # collect
    path("bank", money.bank, name="bank"),
    path("bank/match", money.match_all, name="bank-match-all"),
    path("bank/lines/<int:line_id>/match", money.match, name="bank-match"),
    path("bank/lines/<int:line_id>/assign", money.assign, name="bank-assign"),
    path("bank/lines/<int:line_id>/undo", money.undo, name="bank-undo"),
    path("payments/new", money.add_payment, name="payment-new"),
    path("payments/<payment:payment_id>/undo", money.undo_payment, name="payment-undo"),
    # books
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger/reports/<slug:name>", ledger.report, name="report"),
    path("ledger/reports/<slug:name>.<str:form>", ledger.report_file, name="report-file"),
    path("ledger/accounts/<str:code>", ledger.account, name="account"),
    path("ledger/entries/<entry:entry_id>", ledger.entry, name="entry"),
    path("periods", ledger.periods, name="periods"),
    path("periods/<month:month>/close", ledger.close_period, name="period-close"),
    path("periods/<month:month>/reopen", ledger.reopen_period, name="period-reopen"),
    # trust
    path("audit", trust.audit_trail, name="audit"),
    path("audit/verify", trust.verify, name="audit-verify"),
    path("audit/head", trust.head, name="audit-head"),
    path("audit/binder", auditing.bind, name="audit-binder"),
    path("audit/binder/<month:month>", auditing.binder_file, name="audit-binder-file"),
    path("audit/binder/<month:month>/status", auditing.binder_status, name="audit-binder-status"),
    path("audit/sample", auditing.sample, name="audit-sample"),
    path("privacy", auditing.privacy_requests, name="privacy"),
    path("privacy/access", auditing.access_file, name="privacy-access"),
    path("privacy/erase", auditing.erase, name="privacy-erase"),
    path("decisions/<decision:decision_id>", trust.decision, name="decision"),
    path("decisions/<decision:decision_id>/<int:place>", passport.passport, name="passport"),
    path("decisions/<decision:decision_id>/<int:place>/dispute", passport.dispute, name="dispute"),
    path("disputes", passport.disputes, name="disputes"),
    path("disputes/DP-<int:dispute_id>", passport.answer, name="dispute-answer"),
    # set up
    path("imports", imports.imports, name="imports"),
    path("imports/run", imports.run, name="import-run"),
    path("imports/<import:batch_id>", imports.one, name="import"),
    path("imports/<import:batch_id>/errors.csv", imports.errors, name="import-errors"),
    path("imports/<import:batch_id>/undo", imports.undo, name="import-undo"),
    path("policies", policies.policies, name="policies"),
    path("policies/<slug:kind>", policies.policy, name="policy"),
    path("policies/<slug:kind>/change", policies.change, name="policy-change"),
    path("policies/versions/<slug:name>", policies.version, name="policy-version"),
    path("policies/versions/<slug:name>/sign", policies.sign, name="policy-sign"),
    path("policies/versions/<slug:name>/withdraw", policies.withdraw, name="policy-withdraw"),
    path("policies/versions/<slug:name>/review", policies.review, name="policy-review"),
    path("quality", quality.data_quality, name="quality"),
    path("quality/audit", quality.audit, name="quality-audit"),
    path("quality/<int:audit_id>/sign", quality.sign, name="quality-sign"),
    path("people", people.people_and_tokens, name="people"),
    path("people/new", people.add_person, name="person-new"),
    path("people/tokens/new", people.make_token, name="token-new"),
    path("people/tokens/<int:token_id>/revoke", people.revoke_token, name="token-revoke"),
]
