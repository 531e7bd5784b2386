"""Business settings as versions: who agreed on them and when, what changed, who looks after them."""
