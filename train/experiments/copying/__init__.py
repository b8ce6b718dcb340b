"""Copy, repeat copy and associative recall: sequences of bits, learned from the wanted outputs."""
