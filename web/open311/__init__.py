"""Open311 GeoReport v2 on the wire: routes, errors, one description of each answer for both formats."""
