driftscan polciy
