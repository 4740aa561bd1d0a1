package naming

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
var schedulerTypes = map[string]templates{
	"aws:scheduler/schedule:Schedule": {
		"id":  "{groupName=default}/{name}",
		"arn": "arn:{partition}:scheduler:{region}:{account}:schedule/{groupName=default}/{name}",
	},
	"aws:scheduler/scheduleGroup:ScheduleGroup": {
		"id": "{name}", "arn": "arn:{partition}:scheduler:{region}:{account}:schedule-group/{name}",
	},
}
