printf '{\n  "version": 4,\n  "serial": 1 "lineage"\n}\n' >bad.tfstate
driftscan --state bad.tfstate
