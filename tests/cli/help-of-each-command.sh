for command in scan diff inventory import policy lock types guard explain init; do
  driftscan "$command" --help | grep -c -- --help
done
