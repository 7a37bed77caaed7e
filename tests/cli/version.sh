driftscan --version
