"""The fixture server itself, judged by another client than ours (botocore)."""
import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from harness import PROGRAM, Server

SIZE = 1000
PAGED = (("ec2", "describe_security_groups", "SecurityGroups"), ("iam", "list_roles", "Roles"), ("iam", "get_account_authorization_details",
         "RoleDetailList"), ("dynamodb", "list_tables", "TableNames"), ("logs", "describe_log_groups", "logGroups"),
         ("lambda", "list_functions", "Functions"), ("route53", "list_hosted_zones", "HostedZones"))


class FixtureServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM.parent / "drift-fixture-server", "--size", SIZE, "--page-size", 7, "--gzip")
        cls.addClassCleanup(cls.server.stop)

    def client(self, service, secret="fixture-secret"):
        return boto3.client(service, endpoint_url=self.server.url, region_name="us-east-1", aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
                            aws_secret_access_key=secret, config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}))

    def test_pages_of_every_protocol_come_whole(self):
        for service, operation, key in PAGED:
            with self.subTest(f"{service}.{operation}"):
                pages = list(self.client(service).get_paginator(operation).paginate())
                names = [str(item) for page in pages for item in page[key]]
                self.assertEqual(len(names), len(set(names)))
                self.assertTrue(names)
                if len(names) > 7:
                    self.assertGreater(len(pages), 1)

    def test_details_fit_the_list(self):
        sqs = self.client("sqs")
        url = sqs.list_queues(MaxResults=3)["QueueUrls"][2]
        self.assertIn(url.rsplit("/", 1)[1], sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["QueueArn"])
        zone = self.client("route53").list_hosted_zones()["HostedZones"][0]["Id"]
        self.assertTrue(self.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"])
        s3 = self.client("s3")
        bucket = s3.list_buckets()["Buckets"][0]["Name"]
        self.assertEqual([{"Key": "Project", "Value": "fixture"}], s3.get_bucket_tagging(Bucket=bucket)["TagSet"])

    def test_a_wrong_secret_is_refused(self):
        for service, call in (("sqs", "list_queues"), ("ec2", "describe_vpcs"), ("s3", "list_buckets"), ("lambda", "list_functions")):
            with self.subTest(service), self.assertRaises(ClientError) as caught:
                getattr(self.client(service, "fixture-secreT"), call)()
            self.assertEqual("SignatureDoesNotMatch", caught.exception.response["Error"]["Code"])


if __name__ == "__main__":
    unittest.main()
