"""Plumbing that knows nothing of the business: world, ids, bulk writes, fences, files, strict readers."""
