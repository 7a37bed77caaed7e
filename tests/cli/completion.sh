# What the shell offers, and that the manual and every completion know each option of each command.
source <(driftscan completion bash)
offer() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _driftscan
  echo "${*@Q} -> ${COMPREPLY[*]}"
}
touch plan.json
offer driftscan in
offer driftscan --en
offer driftscan policy --mode a
offer driftscan policy --mode ''
offer driftscan guard --all
offer driftscan guard pl
offer driftscan scan --plan pl
offer driftscan scan --env pr
driftscan man >man
driftscan completion zsh >zsh
driftscan completion fish >fish
for command in scan inventory import policy lock types guard explain init; do
  for option in $(driftscan $command --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE '[a-z-]{3,}$'); do
    grep -q -- "--${option#--}[= ]" <(declare -f _driftscan | tr "'" ' ') || echo "bash lacks $option of $command"
    grep -q -- "$option" zsh || echo "zsh lacks $option of $command"
    grep -q -- "-l ${option#--}" fish || echo "fish lacks $option of $command"
    sed 's/\\//g' man | grep -q -- "^\.B.*$option" || echo "the manual lacks $option of $command"
  done
done
driftscan completion tcsh
