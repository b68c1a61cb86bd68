"""Counters for monitors."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("hotline_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "hotline_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OUTBOX_AGE = Gauge("hotline_outbox_age_seconds", "Age of the oldest fact not relayed yet")
CLOCK_LATENESS = Gauge("hotline_clock_lateness_seconds", "Age of the oldest level not fired yet")
SEARCH_LAG = Gauge("hotline_search_lag_seconds", "Age of the oldest ticket not in the index yet")
HEARTBEAT_AGE = Gauge("hotline_heartbeat_age_seconds", "Since a loop last went round", ["loop"])
