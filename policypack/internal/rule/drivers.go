package rule

import (
	"errors"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/archive"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Alone returns a check of every single resource of the rule's types as an object of the model, of which only its own
// arguments can be asked.
func Alone[T any, V Verdicts](of func(*graph.Resource) T, judge func(p *Pass, object T) V) func(*Pass, *graph.Resource) {
	return EachResource(func(p *Pass, r *graph.Resource) V { return judge(p, of(r)) })
}

// ArchiveParams returns the parameters that bound what looking into an archive may cost.
func ArchiveParams() []Param {
	return []Param{
		{
			Name: MaxFiles, Type: Integer, Default: 20000,
			Description: "How many files of an archive are listed before the rule gives up: 20000 is three times what a large " +
				"node_modules has.",
		},
		{
			Name: MaxMegabytes, Type: Integer, Default: 512,
			Description: "How many megabytes of an archive are read and unpacked before the rule gives up.",
		},
		{
			Name: MaxSeconds, Type: Integer, Default: 2,
			Description: "How many seconds an archive is looked into before the rule gives up.",
		},
	}
}

// EachArchive returns a check of the local archives that functions' code is in. A defect is why Lambda would refuse one,
// which then has no code to look at; an S3 object or an image is not judged.
func EachArchive(
	defect func(f *aws.Function, defect archive.Defect) Verdict, judge func(f *aws.Function, code *archive.Code) []Verdict,
) func(*Pass, *graph.Resource) {
	return Alone(aws.FunctionOf, func(p *Pass, f *aws.Function) []Verdict {
		arg, packageType := f.Arg("code"), f.Arg("packageType")
		switch {
		case arg.Absent(), packageType.Is("Image"):
			return nil
		case arg.Unknown(), packageType.Unknown():
			return []Verdict{NotEvaluated(f.Resource, "the code of "+f.String()+" is not known yet")}
		case arg.Secret():
			return []Verdict{NotEvaluated(f.Resource, "the code of "+f.String()+" is secret")}
		}
		code, err := archive.Open(arg.Property(), p.Dir, archive.Budget{
			Files: p.Number(MaxFiles),
			Bytes: int64(p.Number(MaxMegabytes)) << 20,
			Time:  time.Duration(p.Number(MaxSeconds)) * time.Second,
		})
		var wrong archive.Defect
		switch {
		case errors.As(err, &wrong):
			return []Verdict{defect(f, wrong)}
		case err != nil:
			return []Verdict{NotEvaluated(f.Resource, "the code archive of "+f.String()+" was not looked into: "+err.Error())}
		}
		defer code.Close()
		return judge(f, code)
	})
}

// OfArchive returns what an archive was found to be as a verdict on the function whose code is in it. How an archive is
// built is not the program's to say, so that the fix is advice.
func OfArchive(f *aws.Function, said archive.Verdict) Verdict {
	switch {
	case said.Wrong != "":
		return Violation(f.Resource, "code", "the code of "+f.String()+" "+said.Wrong+".", fix.Advise(said.Fix))
	case said.Doubt != "":
		return NotEvaluated(f.Resource, "the code archive of "+f.String()+": "+said.Doubt)
	}
	return OK
}

// Starts returns what a function starts of its archive, or why that is not known.
func Starts(f *aws.Function) (starts archive.Function, doubt string) {
	runtime, handler := f.Arg("runtime"), f.Arg("handler")
	for _, v := range []graph.Value{runtime, handler} {
		if _, ok := v.Str(); v.Secret() || !v.Absent() && !ok {
			doubt = "the runtime or the handler of " + f.String() + " is not known, or secret"
		}
	}
	if runtime.Absent() {
		doubt = f.String() + " has no runtime"
	}
	if !runtime.Secret() {
		starts.Runtime, _ = runtime.Str()
	}
	if !handler.Secret() {
		starts.Handler, _ = handler.Str()
	}
	starts.Architecture, starts.Layers = f.Architecture(), f.MayHaveLayers()
	if name := f.StartVariable(); name != "" {
		starts.Environment = "its environment variable " + name + " may change what is started"
	} else if f.Variables().Unknown() {
		starts.Environment = "its environment, which is not known yet, may change what is started"
	}
	return starts, doubt
}
