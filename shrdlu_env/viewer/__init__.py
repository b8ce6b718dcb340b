"""See an episode: boards, goals, and what the agent's memory did."""
