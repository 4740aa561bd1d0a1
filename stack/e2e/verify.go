package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/corpus"
)

// errBroken marks a pipeline that does not do what it should.
var errBroken = errors.New("the pipeline is broken")

// check is one requirement.
type check struct {
	name string
	// wrong lists what is wrong; it is empty if the requirement is met.
	wrong []string
}

func (c *check) fail(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// verify checks what the run has left behind. first are the dead letters with
// faults, last those after the redrive without faults.
func (t *pipelineTest) verify(ctx context.Context, first, last []letter) (result, error) {
	contract, err := newContract(t.pipeline.Function.Environment)
	if err != nil {
		return result{}, err
	}
	r := result{test: t, first: first, last: last}
	versions, err := t.versions(ctx)
	if err != nil {
		return result{}, err
	}
	r.checks = []check{
		t.checkEvents(),
		t.checkThumbnails(ctx, contract),
		t.checkDestination(contract, versions),
		t.checkRepeats(ctx, contract, versions),
		t.checkOriginals(versions),
		t.checkInvocations(),
		t.checkDeadLetters(first, last),
		t.checkReach(contract),
		t.checkLog(),
	}
	return r, ctx.Err()
}

// uploadsOf returns the uploads of some kinds.
func (t *pipelineTest) uploadsOf(kinds ...corpus.Kind) []corpus.Upload {
	return slices.DeleteFunc(slices.Clone(t.uploads), func(u corpus.Upload) bool { return !slices.Contains(kinds, u.Kind) })
}

// version is one version of an object.
type version struct{ id string }

// versions lists all objects in all declared buckets, with their versions.
func (t *pipelineTest) versions(ctx context.Context) (map[object][]version, error) {
	found := map[object][]version{}
	for _, bucket := range t.pipeline.Buckets {
		pages := s3.NewListObjectVersionsPaginator(t.s3, &s3.ListObjectVersionsInput{Bucket: aws.String(bucket.Name)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("listing %s: %w", bucket.Name, err)
			}
			for _, v := range page.Versions {
				o := object{bucket.Name, aws.ToString(v.Key)}
				found[o] = append(found[o], version{id: aws.ToString(v.VersionId)})
			}
			for _, marker := range page.DeleteMarkers {
				o := object{bucket.Name, aws.ToString(marker.Key)}
				found[o] = append(found[o], version{id: "deleted"})
			}
		}
	}
	return found, nil
}

// checkEvents checks that each upload that matches the notification was announced
// once, and nothing else was.
func (t *pipelineTest) checkEvents() check {
	c := check{name: "each upload under the declared filters was announced, and nothing else"}
	want := map[object]int{}
	for _, upload := range t.uploads {
		if upload.Kind != corpus.Bystander {
			want[object{t.source(), upload.Key}] += upload.Times
		}
	}
	got := t.router.counts()
	for _, o := range objects(want, got) {
		if got[o] != want[o] {
			c.fail("%d events for %q, want %d", got[o], o.key, want[o])
		}
	}
	for _, err := range t.router.errors() {
		c.fail("%v", err)
	}
	return c
}

// objects returns the keys of both maps, sorted.
func objects[A, B any](a map[object]A, b map[object]B) []object {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.SortFunc(all, func(x, y object) int { return strings.Compare(x.bucket+"/"+x.key, y.bucket+"/"+y.key) })
	return slices.Compact(all)
}

// checkThumbnails checks that every good image has its thumbnails.
func (t *pipelineTest) checkThumbnails(ctx context.Context, contract contract) check {
	c := check{name: "every good image has its thumbnails: of the right size, upright, of that image, encrypted with the key"}
	good := t.uploadsOf(corpus.Good)
	errs := make([]error, len(good))
	var workers sync.WaitGroup
	for worker := range uploaders {
		workers.Go(func() {
			for i := worker; i < len(good); i += uploaders {
				for _, box := range contract.boxes {
					errs[i] = errors.Join(errs[i], contract.check(ctx, t.s3, good[i], box))
				}
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			c.fail("%v", err)
		}
	}
	return c
}

// checkDestination checks that there are no objects except originals and thumbnails.
func (t *pipelineTest) checkDestination(contract contract, versions map[object][]version) check {
	c := check{name: "no bucket holds anything else"}
	expected := map[object]bool{}
	for _, upload := range t.uploads {
		expected[object{t.source(), upload.Key}] = true
	}
	for _, upload := range t.uploadsOf(corpus.Good) {
		for _, box := range contract.boxes {
			expected[object{contract.bucket, contract.key(upload.Key, box)}] = true
		}
	}
	for _, o := range objects(versions, map[object]int{}) {
		if !expected[o] {
			c.fail("s3://%s/%s", o.bucket, o.key)
		}
	}
	return c
}

// checkRepeats checks that thumbnails which were written more than once have the same bytes.
func (t *pipelineTest) checkRepeats(ctx context.Context, contract contract, versions map[object][]version) check {
	c := check{name: "thumbnails that were written again have the same bytes"}
	repeated := 0
	for _, o := range objects(versions, map[object]int{}) {
		if o.bucket != contract.bucket || len(versions[o]) < 2 {
			continue
		}
		repeated++
		sums := map[[sha256.Size]byte]bool{}
		for _, v := range versions[o] {
			sum, err := t.sum(ctx, o, v.id)
			if err != nil {
				c.fail("%v", err)
			}
			sums[sum] = true
		}
		if len(sums) > 1 {
			c.fail("%q has %d versions, %d of them different", o.key, len(versions[o]), len(sums))
		}
	}
	if repeated == 0 {
		c.fail("none was, although uploads were repeated")
	}
	return c
}

func (t *pipelineTest) sum(ctx context.Context, o object, id string) ([sha256.Size]byte, error) {
	output, err := t.s3.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(o.bucket), Key: aws.String(o.key), VersionId: aws.String(id),
	})
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("reading version %s of %q: %w", id, o.key, err)
	}
	defer output.Body.Close()
	content, err := io.ReadAll(output.Body)
	return sha256.Sum256(content), err
}

// checkOriginals checks that every upload is there, as often as it was
// uploaded, and that nothing of it was deleted.
func (t *pipelineTest) checkOriginals(versions map[object][]version) check {
	c := check{name: "originals and bystanders are untouched"}
	for _, upload := range t.uploads {
		got := versions[object{t.source(), upload.Key}]
		if len(got) != upload.Times || slices.Contains(got, version{id: "deleted"}) {
			c.fail("%q has %d versions, was uploaded %d times", upload.Key, len(got), upload.Times)
		}
	}
	return c
}

// checkInvocations checks that the function was invoked only for uploads, not
// for what it wrote, and that no event got lost on the way to the dead-letter
// queue.
func (t *pipelineTest) checkInvocations() check {
	c := check{name: "no output triggers the function, and no event is lost"}
	wanted := map[object]bool{}
	for _, upload := range t.uploads {
		if upload.Kind != corpus.Bystander {
			wanted[object{t.source(), upload.Key}] = true
		}
	}
	for _, attempt := range t.attempts {
		invoked, err := objectsOf(attempt.Event)
		if err != nil {
			c.fail("%v", err)
		}
		for _, o := range invoked {
			if !wanted[o] {
				c.fail("invoked for s3://%s/%s", o.bucket, o.key)
			}
		}
	}
	for _, err := range t.function.Errs() {
		c.fail("%v", err)
	}
	return c
}

// checkDeadLetters checks that every event that must fail is in the queue,
// before and after the redrive, tried as often as declared, and that nothing
// else is there after it.
func (t *pipelineTest) checkDeadLetters(first, last []letter) check {
	c := check{name: "every bad event is in the dead-letter queue with its key, and nothing else stays there"}
	bad := map[object]int{}
	for _, upload := range t.uploadsOf(corpus.Corrupt, corpus.Foreign, corpus.Bomb) {
		bad[object{t.source(), upload.Key}] = upload.Times
	}
	// An event may be stored in both of two ways.
	copies := 1
	if f := t.pipeline.Function; f.OnFailure != "" && f.OnFailure == f.DeadLetterTarget {
		copies = 2
	}
	before, after := count(first), count(last)
	for _, o := range objects(bad, after) {
		if before[o] < bad[o]*copies {
			c.fail("%d letters about %q before the redrive, want %d", before[o], o.key, bad[o]*copies)
		}
		if after[o] != bad[o]*copies {
			c.fail("%d letters about %q after the redrive, want %d", after[o], o.key, bad[o]*copies)
		}
	}
	for _, l := range last {
		if l.attempts != 0 && l.attempts != t.pipeline.Function.Retries+1 {
			c.fail("%q was tried %d times, want %d", l.objects, l.attempts, t.pipeline.Function.Retries+1)
		}
		if l.errorType != "" && l.errorType != "PermanentError" {
			c.fail("%q failed without faults with a %s", l.objects, l.errorType)
		}
	}
	return c
}

// count counts letters by object.
func count(letters []letter) map[object]int {
	counts := map[object]int{}
	for _, l := range letters {
		for _, o := range l.objects {
			counts[o]++
		}
	}
	return counts
}

// checkReach checks that the function asked S3 only for what its role allows,
// and wrote only under the destination's prefix.
func (t *pipelineTest) checkReach(contract contract) check {
	c := check{name: "the function asks S3 for nothing that its role does not allow, and writes under its prefix only"}
	for _, denied := range t.gate.Denied() {
		c.fail("denied: %s", denied)
	}
	target := "arn:aws:s3:::" + contract.bucket + "/" + contract.prefix
	for _, request := range slices.Sorted(maps.Keys(t.gate.Touched())) {
		if put, ok := strings.CutPrefix(request, "s3:PutObject "); ok && !strings.HasPrefix(put, target) {
			c.fail("wrote to %s", put)
		}
	}
	return c
}

// checkLog checks that the reason of each failure is logged with the key, and
// that no credentials are.
func (t *pipelineTest) checkLog() check {
	c := check{name: "the function's log has the reason of each failure, and no credentials"}
	log, err := os.ReadFile(t.log.Name())
	if err != nil {
		c.fail("%v", err)
	}
	for _, secret := range []string{t.login.id, t.login.secret} {
		if bytes.Contains(log, []byte(secret)) {
			c.fail("the log holds credentials")
		}
	}
	reasons := map[string]int{}
	for line := range bytes.Lines(log) {
		var entry struct {
			Level, Key, Error string
		}
		// Libraries write lines of their own, which are not JSON.
		if json.Unmarshal(line, &entry) == nil && entry.Level == "ERROR" && entry.Error != "" {
			reasons[entry.Key]++
		}
	}
	for _, upload := range t.uploadsOf(corpus.Corrupt, corpus.Foreign, corpus.Bomb) {
		if attempts := t.pipeline.Function.Retries + 1; reasons[upload.Key] < attempts {
			c.fail("%d errors about %q, want one for each of %d attempts", reasons[upload.Key], upload.Key, attempts)
		}
	}
	return c
}
