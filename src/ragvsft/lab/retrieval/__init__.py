"""Retrieval: embedder, Weaviate, the exact index, one contract."""
