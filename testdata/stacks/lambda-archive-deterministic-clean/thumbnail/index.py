"""The function only says what it was sent."""


def handler(event, context):
    print(event)
