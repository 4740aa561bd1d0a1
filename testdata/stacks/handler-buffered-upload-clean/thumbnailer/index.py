"""Makes a thumbnail of each image."""

import io
import os

import boto3
from PIL import Image

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        image = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)
        thumbnail = Image.open(io.BytesIO(image["Body"].read()))
        thumbnail.thumbnail((300, 300))
        store(key, thumbnail)


def store(key, thumbnail):
    buffer = io.BytesIO()
    thumbnail.save(buffer, format="JPEG")
    s3.put_object(Bucket=os.environ["THUMBNAILS"], Key=key, Body=buffer.getvalue())
