"""Question answering: twenty kinds of stories, one network."""
