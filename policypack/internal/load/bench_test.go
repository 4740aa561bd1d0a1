package load_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// BenchmarkRead measures what `pipeguard check` does before its first rule: the
// bar for all of it is 1 s and 300 MB for 10,000 resources.
func BenchmarkRead(b *testing.B) {
	for name, n := range map[string]int{"10000": 10_000, "100000": 100_000} {
		b.Run(name, func(b *testing.B) {
			text := whole(b, large(n))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				stack, err := load.Read(bytes.NewReader(text))
				require.NoError(b, err)
				require.Len(b, stack.Graph.Resources, n)
				b.StopTimer()
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc-uint64(len(text)))/1e6, "MB-kept")
				runtime.KeepAlive(stack)
				b.StartTimer()
			}
		})
	}
}
