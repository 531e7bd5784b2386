"""The web door: server-rendered pages that translate a request, make one call and render the answer."""
