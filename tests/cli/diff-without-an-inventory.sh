printf '{"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}\n' >a.tfstate
driftscan diff --state a.tfstate
