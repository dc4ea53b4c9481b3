"""How fast things are: the input pipeline, the network beside other runtimes, the command, the service."""
