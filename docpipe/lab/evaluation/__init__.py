"""Measures how well documents were read: results beside labels, as scores with intervals and as a report to look at.

`labels` and `readings` hold the two sides; `lines`, `fields`, `items` and `tables` count one document; `metrics` makes
scores of counts; `scoring` goes over a set; `combinations` and `running` produce results with chosen rungs.
"""
