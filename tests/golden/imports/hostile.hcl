# file ec2.tf
resource "aws_subnet" "a" {
  cidr_block = "10.0.1.0/24"
  vpc_id     = aws_vpc.main_eu_west_1.id
}

resource "aws_vpc" "main_eu_west_1" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpc" "main_us_east_1" {
  provider   = aws.us_east_1
  cidr_block = "10.1.0.0/16"
}

# file x.tf
resource "aws_x_policy" "rf" {
  name   = "-rf"
  policy = "not json"
}

resource "aws_x_policy" "x_reboot" {
  name = "$${self}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action   = ["a:b"]
        Resource = "$${aws:username}"
        Effect   = "Allow"
      },
    ]
  })
  password = nonsensitive(var.aws_x_policy_x_reboot_password)

  rule {
    port = 80
    note = "a\nb"
  }

  rule {
    port = 443
  }
}

# file imports.tf
# 5 import blocks. Terraform 1.5 or later, OpenTofu 1.6 or later.
#   terraform plan -out=tfplan && terraform show -json tfplan > plan.json
#   driftscan guard plan.json && terraform apply tfplan
# A block whose address is in the state already does nothing: the file may stay.

# ---- ec2 ----

import {
  to = aws_vpc.main_eu_west_1
  id = "vpc-1"
}

import {
  provider = aws.us_east_1
  to       = aws_vpc.main_us_east_1
  id       = "vpc-2"
}

# ---- x ----

import {
  to = aws_x_policy.rf
  id = "-rf"
}

import {
  to = aws_x_policy.x_reboot
  id = "\"; rm -rf ~; \"\n$(id) $${x} %%{y} 'q'"
}

# ---- ec2 ----

import {
  to = aws_subnet.a
  id = "subnet-1"
}

# file providers.tf
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
}

# file variables.tf
variable "aws_x_policy_x_reboot_password" {
  description = "password of aws_x_policy.x_reboot"
  type        = string
  sensitive   = true
}

