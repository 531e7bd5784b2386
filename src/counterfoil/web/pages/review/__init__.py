"""The review queue: what waits, the case at hand as a counterfoil, and what may be answered."""

from counterfoil.web.pages.review.asked import Asked, next_after, waiting_ids
from counterfoil.web.pages.review.parts import Result
from counterfoil.web.pages.review.queue import review_page

__all__ = ["Asked", "Result", "next_after", "review_page", "waiting_ids"]
