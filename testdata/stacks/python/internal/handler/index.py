"""A handler that does nothing, for programs about something else."""


def handler(event, context):
    return event
