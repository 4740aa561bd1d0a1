package standin_test

import (
	"encoding/base64"
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
			base64.StdEncoding.EncodeToString([]byte(before + text + after)),
			base64.RawURLEncoding.EncodeToString([]byte(before + text + after)),
			`{"user_data":"` + base64.StdEncoding.EncodeToString([]byte(`{"vpc":"`+text+`"}`)) + `"}`,
			before + text[:rapid.IntRange(6, len(text)).Draw(t, "cut")],
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
		for _, unit := range []int{2, 3, 5, 7, 60, 1024} {
			require.NotZero(t, int(n)%unit, "nobody writes a number of that kind")
		}
		require.Less(t, n, 3e6, "a loop over it ends soon")
		digits := strconv.FormatInt(int64(n), 10)
		require.True(t, standin.In(digits))
		require.True(t, standin.In(fmt.Sprintf("port %s.", digits)))
		require.True(t, standin.In(fmt.Sprintf("2012-10-17 2019844 19 %s", digits)))
		require.False(t, standin.In("1"+digits), digits)
		require.False(t, standin.In("20 20"+digits), digits)
		require.False(t, standin.In(digits+"0"), digits)
	})
}

func TestWhatIsRealIsNoStandIn(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "vpc-0a1b2c3d", "standin", "pg", "pgsta", "123456789012", "1984667000", "19846670", "1984668", "198466",
		"arn:aws:s3:::logs", "cGdzdGFuZA==", base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\nstand in")),
	} {
		assert.False(t, standin.In(s), s)
	}
	for _, n := range []float64{0, -1, 2, 443, 1e12, 1984666, 1984668, 1984667.5, 1984667 + 210*1000} {
		assert.False(t, standin.IsNumber(n), n)
	}
}

func TestNamesOfCountsAreRecognised(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"count": true, "instanceCount": true, "num_replicas": true, "number-of-zones": true, "desiredSize": true,
		"min_capacity": true, "length": true, "azs": true, "replicas": true, "resourceRecordSetCount": true,
		"": false, "port": false, "volumeSize": false, "maxReceiveCount": false, "retryCount": false, "max_failures": false,
		"number": false, "discount": false, "account": false, "min": false, "memorySize": false, "retentionDays": false,
	} {
		assert.Equal(t, want, standin.IsCount(name), name)
	}
}

func BenchmarkIn(b *testing.B) {
	policy := strings.Repeat(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-1/*"},`, 100)
	for b.Loop() {
		if standin.In(policy) {
			b.Fatal("there is none")
		}
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
