"""The fused Neural Turing Machine on a CPU: the numbers and gradients of `dnc_agent.cores.ntm`."""
