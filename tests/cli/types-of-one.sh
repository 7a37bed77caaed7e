driftscan types aws_sqs_queue_policy
driftscan types 'aws_sqs_queue_policy*' -o json --query '[].attributes'
