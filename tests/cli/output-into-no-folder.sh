printf '{"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}\n' >a.tfstate
driftscan --state a.tfstate --all -o text -o json://no/such/x.json
driftscan --state a.tfstate --all -o json:x.json
