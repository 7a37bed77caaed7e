for command in scan inventory import policy lock types init; do
  driftscan "$command" --help
done
