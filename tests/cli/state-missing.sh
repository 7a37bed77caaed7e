driftscan --state nowhere.tfstate
