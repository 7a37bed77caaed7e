driftscan --env
