"""Measures profiles: every rung on the same documents, in turns, for its time, its memory and its accuracy.

`documents` says what is read, `measure` runs one document through all rungs, `samples` keeps what was measured, `fit`
and `accuracy` make figures of it, `build` makes the profile, `run` does all of it.
"""
