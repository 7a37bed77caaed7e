driftscan --help | sed -n 1,4p
