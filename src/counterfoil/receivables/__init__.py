"""What customers owe: bank statements, payments, allocations and open balances."""
