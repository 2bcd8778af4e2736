"""One HTML file that shows how documents were read: charts, curves, and the worst documents pictured.

It needs no network and no script; what stands in it from documents is escaped, and a policy in its head lets a browser
load nothing.
"""
