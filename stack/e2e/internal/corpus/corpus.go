// Package corpus makes what the end-to-end test uploads: images that can be
// distinguished by their thumbnails, files that only claim to be images, and
// objects that are none of the pipeline's business.
package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Kind is what the pipeline should make of an upload.
type Kind string

// These are the kinds of uploads.
const (
	// Good is an image that gets its thumbnails.
	Good Kind = "good"
	// Corrupt begins like an image but is not one.
	Corrupt Kind = "corrupt"
	// Foreign is something else altogether, under an image's name.
	Foreign Kind = "not an image"
	// Bomb is a small file that would fill the memory.
	Bomb Kind = "bomb"
	// Bystander lies where the pipeline does not look.
	Bystander Kind = "bystander"
)

// Filter is what the keys of matching uploads start and end with.
type Filter struct {
	// Prefix and Suffix are the notification's.
	Prefix, Suffix string
}

// Upload is an object to upload.
type Upload struct {
	// Key is the object's, as given to S3.
	Key string
	// Body is the object's content.
	Body []byte
	// Kind is what should come of it.
	Kind Kind
	// Times is how often it is uploaded, 1 or more.
	Times int
	// Size is what a viewer shows of a good image, in pixels.
	Size image.Point
	// Quadrants are its colours: top left, top right, bottom left, bottom right.
	Quadrants [4]color.NRGBA
}

// Make makes n uploads, including repetitions, whose keys match the filters; one
// in twenty of them is corrupt, not an image, or a repetition, and one is a
// bomb; and a bystander for each of a few keys around the filters. The same
// arguments give the same uploads.
func Make(n int, filters []Filter) ([]Upload, error) {
	share := n / 20
	distinct := n - share
	uploads := make([]Upload, distinct, distinct+len(bystanders))
	errs := make([]error, distinct)
	var workers sync.WaitGroup
	for worker := range runtime.NumCPU() {
		workers.Go(func() {
			for i := worker; i < distinct; i += runtime.NumCPU() {
				uploads[i], errs[i] = makeOne(i, share, filters[i%len(filters)])
			}
		})
	}
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	// Every kind may come at any time.
	random := newRandom(n)
	random.Shuffle(len(uploads), func(i, j int) { uploads[i], uploads[j] = uploads[j], uploads[i] })

	for i, pattern := range bystanders {
		filter := filters[i%len(filters)]
		upload := Upload{Key: fmt.Sprintf(pattern, filter.Prefix, filter.Suffix), Kind: Bystander, Times: 1}
		if passes(upload.Key, filters) {
			continue // the filters are so wide that they match it
		}
		if err := upload.paint(i, filter.Suffix); err != nil {
			return nil, fmt.Errorf("making %s: %w", upload.Key, err)
		}
		uploads = append(uploads, upload)
	}
	return uploads, nil
}

// makeOne makes upload i of those where share are of each bad kind.
func makeOne(i, share int, filter Filter) (Upload, error) {
	upload := Upload{Key: key(i, filter), Kind: Good, Times: 1}
	var err error
	switch {
	case i == 0:
		upload.Kind = Bomb
		upload.Body, err = bomb()
	case i <= share:
		upload.Kind = Corrupt
		upload.Body, err = corrupt(i)
	case i <= 2*share:
		upload.Kind = Foreign
		upload.Body = foreign(i)
	default:
		if i <= 3*share {
			upload.Times = 2
		}
		err = upload.paint(i, filter.Suffix)
	}
	if err != nil {
		return Upload{}, fmt.Errorf("making %s: %w", upload.Key, err)
	}
	return upload, nil
}

// bystanders returns keys that narrowly miss the filters, from a prefix and a suffix.
var bystanders = []string{
	"elsewhere/%[1]sa%[2]s",
	"x%[1]sa%[2]s",
	"root%.0[1]s%[2]s",
	"thumbnails/%.0[1]sa%[2]s",
	"%[1]sa%[2]s.bak",
	"%[1]snotes%.0[2]s.txt",
	"%[1]sno-ending%.0[2]s",
}

func passes(key string, filters []Filter) bool {
	return slices.ContainsFunc(filters, func(f Filter) bool {
		return strings.HasPrefix(key, f.Prefix) && strings.HasSuffix(key, f.Suffix)
	})
}

// names are names that somebody somewhere gives to a file: each is hard on
// whoever encodes or decodes it carelessly.
var names = []string{
	"plain", "with space", "plus+plus", "per%20cent", "100%", "a%2Fb", "größe", "日本語", "🙂", "e\u0301", "quote'\"",
	"amp&eq=x", "hash#mark", "what?", "semi;colon", "(1)", "comma,", "at@colon:", "dots...", " leading", "tilde~", "[x]{y}",
	"UPPER", "year=2024/month=05/x", "deep/er/and/deeper", "$dollar", "<angle>", "ctrl\u200bzero",
}

func key(i int, filter Filter) string {
	return fmt.Sprintf("%s%s-%03d%s", filter.Prefix, names[i%len(names)], i, filter.Suffix)
}

// newRandom returns a sequence for each number, always the same.
func newRandom(i int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(i), 7)) // #nosec G115 G404 -- small numbers; the uploads are to be the same each time
}

// paint makes a good image in the format of the suffix.
func (u *Upload) paint(i int, suffix string) error {
	random := newRandom(i)
	for q := range u.Quadrants {
		u.Quadrants[q] = color.NRGBA{R: channel(random), G: channel(random), B: channel(random), A: 255}
	}
	u.Size = image.Pt(60+random.IntN(900), 60+random.IntN(700))
	var body bytes.Buffer
	encode := encoders[strings.ToLower(path.Ext(suffix))]
	if encode == nil {
		encode = encodeJPEG
	}
	err := encode(&body, u, i)
	u.Body = body.Bytes()
	return err
}

// channel leaves room for noise at both ends.
func channel(random *rand.Rand) uint8 { return uint8(16 + random.Uint32N(224)) } // #nosec G115 -- below 240
