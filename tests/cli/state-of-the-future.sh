printf '{"version": 5, "terraform_version": "9.9.9", "resources": []}\n' >new.tfstate
driftscan --state new.tfstate
