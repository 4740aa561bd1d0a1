"""Keeps a copy of each image as JPEG."""

from io import BytesIO
import os

import boto3
from PIL import Image

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        image = Image.open(s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)["Body"])
        buffer = BytesIO()
        image.save(buffer, format="JPEG")
        buffer.seek(0)
        s3.put_object(
            Bucket=os.environ["ARCHIVE_BUCKET"],
            Key=key,
            Body=buffer,
            ContentType="image/jpeg",
        )
