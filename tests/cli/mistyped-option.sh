driftscan --regoin us-east-1
