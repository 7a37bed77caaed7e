cp -r "$FIXTURES/demo/." .
rm .driftscan
driftscan init && cat .driftscan
