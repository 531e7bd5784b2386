"""Hot jobs measured beside their raw limit, alternately in one run, in a database of their own."""
