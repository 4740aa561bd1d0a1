// Package outputs reads what a deployed stack exports.
package outputs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
)

// Outputs are the stack's outputs, as the program in this module exports them.
type Outputs struct {
	Region             string            `json:"region"`
	SourceBucket       string            `json:"sourceBucket"`
	DestinationBucket  string            `json:"destinationBucket"`
	LogBucket          string            `json:"logBucket"`
	UploadPrefix       string            `json:"uploadPrefix"`
	UploadSuffixes     []string          `json:"uploadSuffixes"`
	ThumbnailPrefix    string            `json:"thumbnailPrefix"`
	ThumbnailSizes     []string          `json:"thumbnailSizes"`
	FunctionName       string            `json:"functionName"`
	CodeHash           string            `json:"codeHash"`
	DeadLetterQueueURL string            `json:"deadLetterQueueUrl"`
	DeadLetterQueueARN string            `json:"deadLetterQueueArn"`
	AlarmTopicARN      string            `json:"alarmTopicArn"`
	Alarms             map[string]string `json:"alarms"`
	Dashboard          string            `json:"dashboard"`
	KeyARN             string            `json:"keyArn"`
	Validations        map[string]bool   `json:"validations"`
}

// Source is where the outputs come from.
type Source struct {
	// File holds the outputs as `pulumi stack output --json` writes them; "-" is
	// standard input. If it is empty, the Pulumi CLI provides them.
	File string
	// Dir is the folder of the Pulumi program, and Stack the stack's name; an
	// empty name stands for the stack that is selected there.
	Dir, Stack string
}

// Flags adds flags that set the source to those of a command.
func (s *Source) Flags(flags *flag.FlagSet) {
	flags.StringVar(&s.File, "outputs", "", "`file` with the stack's outputs, - for standard input (default: the Pulumi CLI's)")
	flags.StringVar(&s.Dir, "program", "stack", "`folder` of the Pulumi program")
	flags.StringVar(&s.Stack, "stack", "", "`name` of the stack (default: the selected one)")
}

// Read reads the outputs. Its error names those that are missing.
func Read(ctx context.Context, source Source, stdin io.Reader) (Outputs, error) {
	content, err := source.read(ctx, stdin)
	if err != nil {
		return Outputs{}, err
	}
	var outputs Outputs
	if err := json.Unmarshal(content, &outputs); err != nil {
		return Outputs{}, fmt.Errorf("reading the stack's outputs: %w", err)
	}
	if missing := outputs.missing(); len(missing) > 0 {
		return Outputs{}, fmt.Errorf("the stack has no output %s: is it deployed, with this version of the program?", strings.Join(missing, ", "))
	}
	return outputs, nil
}

func (s Source) read(ctx context.Context, stdin io.Reader) ([]byte, error) {
	switch s.File {
	case "-":
		content, err := io.ReadAll(stdin)
		if err != nil {
			return nil, fmt.Errorf("reading the stack's outputs from standard input: %w", err)
		}
		return content, nil
	case "":
		return s.ask(ctx)
	}
	content, err := os.ReadFile(s.File)
	if err != nil {
		return nil, fmt.Errorf("reading the stack's outputs: %w", err)
	}
	return content, nil
}

// ask runs the Pulumi CLI. Its error includes what the CLI reports.
func (s Source) ask(ctx context.Context) ([]byte, error) {
	args := []string{"stack", "output", "--json", "--non-interactive", "--cwd", s.Dir}
	if s.Stack != "" {
		args = append(args, "--stack", s.Stack)
	}
	cmd := exec.CommandContext(ctx, "pulumi", args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	content, err := cmd.Output()
	if err != nil {
		if said := strings.TrimSpace(complaint.String()); said != "" {
			err = errors.New(said)
		}
		return nil, fmt.Errorf("running pulumi to get the stack's outputs: %w", err)
	}
	return content, nil
}

// missing returns the names of the outputs without a value.
func (o Outputs) missing() []string {
	var names []string
	value := reflect.ValueOf(o)
	for i := range value.NumField() {
		if value.Field(i).IsZero() {
			names = append(names, value.Type().Field(i).Tag.Get("json"))
		}
	}
	return names
}
