driftscan --help
