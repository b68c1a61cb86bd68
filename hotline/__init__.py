"""The hotline: tickets from the call to closed, their limits, and the people who work them.

Map, from the ground up:

    kernel       settings, database, transactions, outbox, clock, errors, masking
    workdays     calendars and working-time arithmetic
    people       departments, users, roles, permissions, sessions, tokens
    sla          time-limit policies, clocks, warnings, the sweeper
    tickets      the ticket's machine, its history, every action on the main line
    procedures   what holds a ticket up or decides about it: supplements, returns, extensions, ...
    followup     return visits and ratings
    notices      who is told what
    intake       imports of tickets from other systems
"""

__version__ = "0.1.0"
