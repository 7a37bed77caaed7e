printf '{"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}\n' >a.tfstate
printf '{"format_version": "1.0", "side": "live", "meta": {"account": "123456789012", "complete": true}, "gaps": [], "resources": []}\n' >live.json
driftscan --state a.tfstate --live live.json --query 'summary['
