"""For people who build and measure: made-up documents, training, evaluation, profiles, drills. Needs `docpipe[lab]`."""
