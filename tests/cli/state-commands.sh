# What is in states: differences with secrets masked, a file and its backup, mistakes, and a lock that was left behind.
aws='"provider": "provider[\"registry.example.com/hashicorp/aws\"]"'
state() {
  printf '{"version": 4, "terraform_version": "1.11.4", "serial": %s, "lineage": "l", "outputs": {"pw": {"value": "s%s", "type": "string", "sensitive": true}}, "resources": [%s]}\n' "$1" "$1" "$2"
}
queue() {
  printf '{"mode": "managed", "type": "aws_sqs_queue", "name": "%s", %s, "instances": [{"attributes": {"id": "%s", "delay_seconds": %s, "tags": {"a b": "%s"}}}]}' "$1" "$aws" "$1" "$2" "$2"
}
state 4 "$(queue jobs 0), $(queue old 1)" >old.tfstate
state 5 "$(queue jobs 5), $(queue new 1), $(queue new 1)" >bad.tfstate
state 5 "$(queue jobs 5), $(queue new 1)" >terraform.tfstate
cp old.tfstate terraform.tfstate.backup
echo '{"ID": "1-2", "Operation": "OperationTypeApply", "Who": "ann@laptop", "Version": "1.11.4", "Created": "yesterday"}' >.terraform.tfstate.lock.info
run() {
  driftscan "$@" | sed 's/20..-..-..T..:..:..Z/WHEN/'
  echo "exit ${PIPESTATUS[0]}"
}
run state diff old.tfstate terraform.tfstate
run state diff terraform.tfstate terraform.tfstate
run state history
run state check bad.tfstate
run state check -o json --query 'problems[].kind' terraform.tfstate
run lock
