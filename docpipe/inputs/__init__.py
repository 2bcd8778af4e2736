"""From files, folders, bytes and arrays to pages: `discover` finds documents, `open` reads them within `limits`.

Nothing is imported here, so that a command line can list its options without loading numpy.
"""
