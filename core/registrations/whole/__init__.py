"""A whole services database that comes back: what of the snapshot may live again, and what that means to people."""

from core.registrations.whole.rows import Whole, whole
from core.registrations.whole.stale import Stale, stale_in
from core.registrations.whole.words import Words, stale_words, words_of

__all__ = ["Stale", "Whole", "Words", "stale_in", "stale_words", "whole", "words_of"]
