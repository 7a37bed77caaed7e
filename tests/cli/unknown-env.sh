cp -r "$FIXTURES/demo/." .
driftscan --env prdo
