import io
import os

import boto3
from PIL import Image

s3 = boto3.client("s3")


def handler(event, context):
    record = event["Records"][0]["s3"]
    source = s3.get_object(Bucket=record["bucket"]["name"], Key=record["object"]["key"])
    thumbnail = Image.open(io.BytesIO(source["Body"].read()))
    thumbnail.thumbnail((300, 300))
    buffer = io.BytesIO()
    thumbnail.save(buffer, format="JPEG")
    s3.put_object(Bucket=os.environ["THUMBNAILS"], Key=record["object"]["key"], Body=buffer.getvalue())
