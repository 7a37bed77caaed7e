printf '[env prod]\nstate = a.tfstate\nregoin = us-east-1\n' >.driftscan
driftscan --env prod
