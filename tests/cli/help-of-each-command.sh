for command in scan inventory import policy lock types guard explain init; do
  driftscan "$command" --help | grep -c -- --help
done
