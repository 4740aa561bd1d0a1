"""Copies an image, as a stand-in for a thumbnail of it."""

import io
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        buffer = io.BytesIO()
        s3.download_fileobj(bucket, key, buffer)
        s3.put_object(Bucket=os.environ["DESTINATION_BUCKET"], Key=key, Body=buffer.getvalue())
