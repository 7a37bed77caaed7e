driftscan types aws_vpc -o jsn
ls
