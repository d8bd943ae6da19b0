"""LightGBM: raw log odds and contributions of a booster, and both of them faster than it gives them."""
