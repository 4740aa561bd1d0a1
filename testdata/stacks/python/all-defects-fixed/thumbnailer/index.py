"""Makes a thumbnail of each image."""

import io
import os
from urllib.parse import unquote_plus

import boto3
from PIL import Image

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        key = unquote_plus(record["s3"]["object"]["key"])
        original = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)["Body"].read()
        image = Image.open(io.BytesIO(original))
        image.thumbnail((300, 300))
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG")
        s3.put_object(
            Bucket=os.environ["DESTINATION_BUCKET"],
            Key=key,
            Body=buffer.getvalue(),
            ContentType="image/jpeg",
        )
