package standin_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

func TestTextsAreDeterministicAndDifferByWhatTheyStandFor(t *testing.T) {
	t.Parallel()
	assert.Equal(t, standin.Text("getVpc", "id"), standin.Text("getVpc", "id"))
	assert.NotEqual(t, standin.Text("getVpc", "id"), standin.Text("getVpc", "arn"))
	assert.NotEqual(t, standin.Text("a", "bc"), standin.Text("ab", "c"))
	assert.NotEqual(t, standin.Text("a"), standin.Text("a", ""))
	assert.NotEqual(t, standin.Number("a", "bc"), standin.Number("ab", "c"))
}

func TestATextIsRecognisedInWhateverAProgramMakesOfIt(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`^[a-z0-9]+$`)
	rapid.Check(t, func(t *rapid.T) {
		text := standin.Text(rapid.SliceOf(rapid.String()).Draw(t, "parts")...)
		require.Regexp(t, word, text)
		before, after := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		asJSON, err := json.Marshal(before + text + after)
		require.NoError(t, err)
		for _, made := range []string{
			text, before + text + after, strings.ToUpper(text), strings.ToUpper(text[:1]) + text[1:], string(asJSON),
			url.QueryEscape(before + text + after), strings.Split("a-"+text+"-b", "-")[1],
		} {
			require.True(t, standin.In(made), made)
		}
	})
}

func TestANumberIsAnIntegerThatIsRecognised(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := standin.Number(rapid.SliceOf(rapid.String()).Draw(t, "parts")...)
		require.True(t, standin.IsNumber(n))
		require.InDelta(t, n, float64(int32(n)), 0, "it fits an int32")
		digits := strconv.FormatInt(int64(n), 10)
		require.True(t, standin.In(digits))
		require.True(t, standin.In(fmt.Sprintf("port %s.", digits)))
	})
}

func TestWhatIsRealIsNoStandIn(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "vpc-0a1b2c3d", "standin", "pg", "123456789012", "1984670000123", "11984670000", "198467", "arn:aws:s3:::logs",
	} {
		assert.False(t, standin.In(s), s)
	}
	for _, n := range []float64{0, -1, 443, 1e12, 1984669999, 1984680000, 1984670000.5} {
		assert.False(t, standin.IsNumber(n), n)
	}
}

func TestLogHasEachStandInOnceAndSorted(t *testing.T) {
	t.Parallel()
	var log standin.Log
	assert.Empty(t, log.Entries())
	entries := []standin.Entry{
		{Kind: standin.Stack, Name: "acme/network/prod", Detail: "vpcId"},
		{Kind: standin.Function, Name: "aws:ec2/getVpc:getVpc", Detail: "id=vpc-1"},
		{Kind: standin.Function, Name: "aws:ec2/getAmi:getAmi"},
	}
	var wait sync.WaitGroup
	for range 3 {
		for _, e := range entries {
			wait.Go(func() { log.Add(e) })
		}
	}
	wait.Wait()
	assert.Equal(t, []standin.Entry{entries[2], entries[1], entries[0]}, log.Entries())

	var none *standin.Log
	none.Add(entries[0])
	assert.Empty(t, none.Entries())
}
