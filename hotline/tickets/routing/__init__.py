"""Where a matter goes: the dispatch catalogue as every road to a department reads it.

Publishing it, its files and its figures are in `hotline.dispatching`.
"""
