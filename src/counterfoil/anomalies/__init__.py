"""What looks wrong with an invoice or a deal before anything is posted, and why."""
