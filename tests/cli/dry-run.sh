driftscan inventory --all --type 'aws_sqs*' --dry-run
