"""From raw log odds to an answer: calibration, interval, state, band and decision."""
