"""A run to look at: static HTML beside the results, in English and Chinese, that opens from disk without a network."""
