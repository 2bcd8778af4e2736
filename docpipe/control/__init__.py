"""Where decisions meet documents: the controller, the router, preloading, replacing what is stuck."""
