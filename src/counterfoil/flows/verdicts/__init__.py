"""What each kind of decision says of its stored inputs: pure, so that it can be said again in any year."""
