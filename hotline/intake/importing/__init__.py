"""The ticket importer: files of other systems, read through named mappings.

record     what a row of history must come to before it may become a ticket
values     dates, numbers and texts as files write them - pure
mapping    which column is which field, loaded from TOML - pure
reader     CSV and XLSX as a stream of rows, refused early when it is neither
writer     batches of records into the database
runner     the whole run: dry run, report, progress, going on after a kill
"""
