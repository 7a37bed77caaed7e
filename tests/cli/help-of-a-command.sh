driftscan help lock
driftscan help lokc
