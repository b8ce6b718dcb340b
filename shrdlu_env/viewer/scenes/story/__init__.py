"""The scene of question answering: a story, its questions, and which sentences the reads go to."""
