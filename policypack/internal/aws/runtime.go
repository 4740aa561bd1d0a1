package aws

// RuntimesAsOf is the date of the table of runtimes, in ISO 8601 format.
const RuntimesAsOf = "2026-08-01"

// Runtime is a Lambda runtime for which AWS has announced an end. Dates are in ISO 8601 format.
type Runtime struct {
	// Deprecated is the date from which AWS no longer patches the runtime.
	Deprecated string
	// CreateBlocked is the date from which Lambda rejects new functions with the runtime; empty if AWS has postponed it
	// more than once, so that it is uncertain.
	CreateBlocked string
	// Successor is the oldest supported runtime of the same language that will be supported for more than a year after
	// the table's date; empty if there is none.
	Successor string
}

// Runtime returns the runtime of the function, or false if AWS has announced no end for it or it is not known.
func (f *Function) Runtime() (Runtime, bool) {
	name, _ := f.Arg("runtime").Str()
	r, ends := runtimes[name]
	return r, ends
}

// runtimes are the managed runtimes with an end date, as listed in mid-2026 on the pages "Lambda runtimes" and those of
// the languages in AWS's Lambda developer guide: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html.
// Runtimes that are not listed are assumed to be supported.
var runtimes = map[string]Runtime{
	"dotnet10":        {"2028-11-14", "2028-12-14", ""},
	"dotnet6":         {"2024-12-20", "", "dotnet10"},
	"dotnet7":         {"2024-05-14", "2024-05-14", "dotnet10"},
	"dotnet8":         {"2026-11-10", "", "dotnet10"},
	"dotnetcore1.0":   {"2019-06-27", "2019-07-30", "dotnet10"},
	"dotnetcore2.0":   {"2019-05-30", "2019-05-30", "dotnet10"},
	"dotnetcore2.1":   {"2022-01-05", "2022-01-05", "dotnet10"},
	"dotnetcore3.1":   {"2023-04-03", "2023-04-03", "dotnet10"},
	"go1.x":           {"2024-01-08", "", "provided.al2023"},
	"java11":          {"2027-06-30", "", "java21"},
	"java17":          {"2027-06-30", "", "java21"},
	"java21":          {"2029-06-30", "2029-07-31", ""},
	"java25":          {"2029-06-30", "2029-07-31", ""},
	"java8":           {"2024-01-08", "", "java21"},
	"java8.al2":       {"2027-06-30", "", "java21"},
	"nodejs":          {"2016-10-31", "2016-10-31", "nodejs24.x"},
	"nodejs10.x":      {"2021-07-30", "2021-07-30", "nodejs24.x"},
	"nodejs12.x":      {"2023-03-31", "2023-03-31", "nodejs24.x"},
	"nodejs14.x":      {"2023-12-04", "", "nodejs24.x"},
	"nodejs16.x":      {"2024-06-12", "", "nodejs24.x"},
	"nodejs18.x":      {"2025-09-01", "", "nodejs24.x"},
	"nodejs20.x":      {"2026-04-30", "", "nodejs24.x"},
	"nodejs22.x":      {"2027-04-30", "2027-06-01", "nodejs24.x"},
	"nodejs24.x":      {"2028-04-30", "2028-06-01", ""},
	"nodejs4.3":       {"2020-03-05", "2020-03-05", "nodejs24.x"},
	"nodejs4.3-edge":  {"2020-03-05", "2019-04-30", "nodejs24.x"},
	"nodejs6.10":      {"2019-08-12", "2019-08-12", "nodejs24.x"},
	"nodejs8.10":      {"2020-03-06", "2020-03-06", "nodejs24.x"},
	"provided":        {"2024-01-08", "", "provided.al2023"},
	"provided.al2":    {"2026-07-31", "", "provided.al2023"},
	"provided.al2023": {"2029-06-30", "2029-07-31", ""},
	"python2.7":       {"2021-07-15", "2021-07-15", "python3.12"},
	"python3.10":      {"2026-10-31", "2026-11-30", "python3.12"},
	"python3.11":      {"2027-06-30", "", "python3.12"},
	"python3.12":      {"2028-10-31", "2028-11-30", ""},
	"python3.13":      {"2029-06-30", "2029-07-31", ""},
	"python3.14":      {"2029-06-30", "2029-07-31", ""},
	"python3.6":       {"2022-07-18", "2022-07-18", "python3.12"},
	"python3.7":       {"2023-12-04", "", "python3.12"},
	"python3.8":       {"2024-10-14", "", "python3.12"},
	"python3.9":       {"2025-12-15", "", "python3.12"},
	"ruby2.5":         {"2021-07-30", "2021-07-30", "ruby3.4"},
	"ruby2.7":         {"2023-12-07", "", "ruby3.4"},
	"ruby3.2":         {"2026-03-31", "", "ruby3.4"},
	"ruby3.3":         {"2027-03-31", "2027-04-30", "ruby3.4"},
	"ruby3.4":         {"2028-03-31", "2028-04-30", ""},
}
