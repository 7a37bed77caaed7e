driftscan types aws_vpc -o json:///dev/stdout | grep -c '"type": "aws_vpc"'
