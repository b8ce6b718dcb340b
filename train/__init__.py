"""Where worlds and learner meet: configuration, run directories, training, evaluation, the command line."""
