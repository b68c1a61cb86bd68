"""Open311 GeoReport v2: other systems report matters and read what is public about them."""
