"""A local page on which a person looks at doubtful values, accepts or corrects them. Needs `docpipe[web]`."""
