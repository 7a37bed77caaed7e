printf '[env prod\nstate = a.tfstate\n' >.driftscan
driftscan --env prod
