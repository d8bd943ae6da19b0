"""LightGBM models over the signals: predict, calibrate, explain, save, load, find by alias."""
