: >empty.tfstate
driftscan --state empty.tfstate
