"""Time limits: policies, clocks, warnings and the sweeper that fires them."""
