"""The API: OpenAPI 3.1, bearer tokens, idempotency keys, problem+json. Everything the pages can do."""
