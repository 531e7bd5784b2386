"""Small CAMT.053 documents for tests."""

from __future__ import annotations


def balance(code: str, amount: str, money: str = "EUR", day: str = "2026-10-20") -> str:
    side, figure = ("DBIT", amount[1:]) if amount.startswith("-") else ("CRDT", amount)
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{money}'>{figure}</Amt>"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(
    amount: str,
    *,
    side: str = "CRDT",
    money: str = "EUR",
    status: str = "BOOK",
    day: str = "2026-10-20",
    text: str = "INV-2026-000017",
    reference: str = "",
    bank_id: str = "",
    payer: str = "",
    reversal: bool = False,
) -> str:
    said = f"<Ustrd>{text}</Ustrd>" if text else ""
    said += f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    who = f"<RltdPties><Dbtr><Nm>{payer}</Nm></Dbtr></RltdPties>" if payer else ""
    return (
        f"<Ntry><Amt Ccy='{money}'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>"
        + ("<RvslInd>true</RvslInd>" if reversal else "")
        + f"<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
        + (f"<AcctSvcrRef>{bank_id}</AcctSvcrRef>" if bank_id else "")
        + f"<NtryDtls><TxDtls>{who}<RmtInf>{said}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def party(name: str, text: str, amount: str, money: str = "EUR") -> str:
    return (
        f"<TxDtls><Amt Ccy='{money}'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def batch(amount: str, *parts: str) -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>2026-10-20</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef>"
        f"<NtryDtls>{''.join(parts)}</NtryDtls></Ntry>"
    )


def document(
    *entries: str,
    opening: str = "1000.00",
    closing: str = "1100.00",
    with_balances: bool = True,
    balances: str | None = None,
    iban: str = "DE89370400440532013000",
    money: str = "EUR",
    message: str = "M1",
    statement: str = "S-M1",
    day: str = "2026-10-20",
    version: str = "08",
) -> str:
    """A statement of one account; `balances` replaces the opening and closing one."""
    if balances is None:
        both = balance("OPBD", opening, money, day) + balance("CLBD", closing, money, day)
        balances = both if with_balances else ""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}'><BkToCstmrStmt>"
        f"<GrpHdr><MsgId>{message}</MsgId></GrpHdr><Stmt><Id>{statement}</Id>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{balances}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    )
