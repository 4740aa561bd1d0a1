import json

queue_rules = [{"queue_arn": "arn:aws:sqs:eu-west-1:123456789012:images", "events": ["s3:ObjectCreated:*"]}]


def untyped():
    with open("rules.json") as file:
        return json.load(file)
