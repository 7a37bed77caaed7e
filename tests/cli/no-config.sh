driftscan --env prod
