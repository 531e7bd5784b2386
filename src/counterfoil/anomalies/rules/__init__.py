"""The rules, one file each, found by looking in this folder.

A rule is a module with

    IS_HARD   True for a limit that people signed: it holds wherever a policy sets it, in a historical load as well.
              False for what is merely unusual: there it is only noted.
    Policy    a frozen dataclass of its thresholds, `holds` first: whether what it finds stops the deal.
    check     a function of the facts and the policy that returns findings; pure.

and, where it looks at bank lines as well,

    check_money  the same of `MoneyFacts`; what has `is_minor` among its facts is a note, the rest waits for a person.
"""
