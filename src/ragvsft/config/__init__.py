"""The experiment and index files: schema, loading, defaults, did-you-mean."""
