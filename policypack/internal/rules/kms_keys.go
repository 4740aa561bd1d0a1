package rules

import (
	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// isRotatable says whether KMS rotates a key by itself: one for symmetric
// encryption whose material KMS holds.
// https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
func isRotatable(key *graph.Resource) answer.Answer {
	is := func(argument, standard string) answer.Answer {
		v := key.Arg(argument)
		if v.Absent() || v.Is("") {
			return answer.Yes
		}
		return v.Equals(standard)
	}
	return min(is("keyUsage", "ENCRYPT_DECRYPT"), is("customerMasterKeySpec", "SYMMETRIC_DEFAULT"), is("customKeyStoreId", ""))
}

func isRotated(key *graph.Resource) answer.Answer {
	v := key.Arg("enableKeyRotation")
	switch on, _ := v.Bool(); {
	case v.Unknown():
		return answer.Unknown
	case on:
		return answer.Yes
	default:
		return answer.No
	}
}

// isKept says whether a key is kept for so many days once it is deleted. KMS
// keeps it for 30 unless it is told otherwise.
func isKept(key *graph.Resource, days int) answer.Answer {
	v := key.Arg("deletionWindowInDays")
	switch window, isNumber := v.Number(); {
	case v.Unknown():
		return answer.Unknown
	case isNumber && window < float64(days):
		return answer.No
	default:
		return answer.Yes
	}
}
