cp -r "$FIXTURES/demo/." .
driftscan init
cmp .driftscan "$FIXTURES/demo/.driftscan"
