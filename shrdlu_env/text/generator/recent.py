"""What questions are about: one of the last facts told."""

from __future__ import annotations

RECENT = 5
"""Questions are about one of the last five facts told; which one is drawn among those that make a question."""

QUESTIONS = 5
"""Questions in a story of most kinds."""

BETWEEN = 2
"""Sentences told before it is tried to ask a question."""
