printf '{"serial": 3, "lineage": "x", "meta": {"key_provider.pbkdf2.k": "e30="}, "encrypted_data": "AAAA", "encryption_version": "v0"}\n' >enc.tfstate
driftscan --state enc.tfstate
