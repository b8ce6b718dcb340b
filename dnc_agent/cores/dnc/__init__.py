"""The Differentiable Neural Computer: the reference, an equation a function."""
