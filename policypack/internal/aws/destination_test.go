package aws_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDestinationsAreVariablesThatAreNamedForOne(t *testing.T) {
	t.Parallel()
	const buckets = "  thumbs: {type: aws:s3:Bucket, properties: {bucket: acme-thumbs}}\n"
	type destination struct {
		variable, bucket, folder string
		forBucket                bool
	}
	for name, c := range map[string]struct {
		variables, folder, folderVariable string
		want                              []destination
		open                              bool
	}{
		"none":           {variables: "{LOG_LEVEL: debug, SOURCE_BUCKET: acme-thumbs}"},
		"a bucket":       {variables: "{DEST_BUCKET: acme-thumbs}", want: []destination{{"DEST_BUCKET", "thumbs", "", true}}},
		"in camel case":  {variables: "{outputBucket: acme-thumbs}", want: []destination{{"outputBucket", "thumbs", "", true}}},
		"no bucket":      {variables: "{THUMBNAIL_SIZE: 200x200}", want: []destination{{variable: "THUMBNAIL_SIZE"}}},
		"an address":     {variables: `{RESULTS: "s3://acme-thumbs/small/"}`, want: []destination{{"RESULTS", "thumbs", "small/", false}}},
		"a word in part": {variables: "{OUTER_LIMIT: acme-thumbs}"},
		"with a folder": {
			variables: "{TARGET_BUCKET: acme-thumbs, TARGET_PREFIX: small/}", folder: "small/", folderVariable: "TARGET_PREFIX",
			want: []destination{{"TARGET_BUCKET", "thumbs", "", true}},
		},
		"secret as a whole": {
			variables: `{"fn::secret": {DEST_BUCKET: acme-thumbs, DEST_PREFIX: small/}}`, folder: "small/", folderVariable: "[secret]",
			want: []destination{{"[secret]", "thumbs", "", true}},
		},
		"not known": {variables: `{"fn::unknown": 1}`, open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stack(t, buckets+"  f: {type: aws:lambda:Function, properties: {role: r, environment: {variables: "+c.variables+"}}}\n")
			found := s.Destinations(find(t, s, "f"))
			var got []destination
			for _, d := range found.All {
				one := destination{variable: d.Variable, forBucket: d.ForBucket}
				one.folder, _ = d.Folder.Str()
				for _, bucket := range d.Target.Certain {
					one.bucket += bucket.Name
				}
				got = append(got, one)
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.open, found.Open)
			folder, _ := found.Folder.Str()
			assert.Equal(t, c.folder, folder)
			assert.Equal(t, c.folderVariable, found.FolderVariable)
		})
	}
}
