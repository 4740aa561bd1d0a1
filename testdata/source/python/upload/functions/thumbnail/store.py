import io

import boto3


class Store:
    def __init__(self, bucket):
        self.bucket = boto3.resource("s3").Bucket(bucket)
        self.client = boto3.client("s3")
        self.buffer = io.BytesIO()

    def save(self, key):
        self.buffer.write(b"saved")
        self.client.put_object(Bucket=self.bucket.name, Key=key, Body=self.buffer)  # want handler-buffered-upload
