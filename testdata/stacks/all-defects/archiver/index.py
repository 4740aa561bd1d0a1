"""Keeps a copy of each event."""

import io
import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    buffer = io.BytesIO()
    buffer.write(json.dumps(event).encode())
    s3.put_object(Bucket=os.environ["ARCHIVE"], Key=context.aws_request_id, Body=buffer)
