for option in "--format jsno" "--strategy bold" "--fresh soon" "--provider-version x" "--map none.csv"; do
	# shellcheck disable=SC2086 # two words
	driftscan import --all $option --profile nobody --state none.tfstate || echo "$?"
done
