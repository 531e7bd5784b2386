"""What was agreed with a customer: lines, service spans, and when each part is invoiced."""
