printf '[env staging]\nregion = eu-west-1\n[env prod]\nregion = us-east-1\n' > .driftscan
driftscan inventory
driftscan inventory --all --type 'aws_sqs_q*' --dry-run -q
driftscan --state "$FIXTURES/account/prod.tfstate" --dry-run --type aws_sqs_queue
printf '[default]\nregion = eu-west-1\n[env prod]\n' > .driftscan
driftscan inventory --dry-run --type aws_sqs_queue
