"""What each page shows, as plain frozen values.

One file a page (or a family of pages): the dataclasses its template reads and the function that fills them from
selectors, reports and words. A template sees nothing else, so it cannot query.
"""
