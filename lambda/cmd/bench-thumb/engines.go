package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/disintegration/imaging"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

// All engines are asked for the same thumbnail.
const (
	boxSide = 300 // pixels
	quality = 85
)

// engine makes thumbnails in a process of its own.
type engine struct {
	name string
	// command makes the thumbnail runs times over and prints the milliseconds of
	// each as a JSON array, unless startsAfresh.
	command func(image, thumbnail string, runs int) []string
	// startsAfresh indicates that every thumbnail takes a new process.
	startsAfresh bool
	// missing is why the engine cannot be measured, or empty.
	missing string
}

const (
	handler      = "this handler"
	plainImaging = "stdlib + imaging"
	sharp        = "sharp"
	imageMagick  = "ImageMagick"
)

func engines(ctx context.Context, self, sharpFolder string) []engine {
	inGo := func(name string) engine {
		return engine{name: name, command: func(image, thumbnail string, runs int) []string {
			return []string{self, stepThumbnail, name, image, thumbnail, strconv.Itoa(runs)}
		}}
	}
	return []engine{inGo(handler), inGo(plainImaging), sharpEngine(sharpFolder), magickEngine(ctx)}
}

func sharpEngine(folder string) engine {
	e := engine{name: sharp, command: func(image, thumbnail string, runs int) []string {
		return []string{
			"node", filepath.Join(folder, "bench.js"), image, thumbnail, strconv.Itoa(boxSide), strconv.Itoa(quality), strconv.Itoa(runs),
		}
	}}
	if _, err := exec.LookPath("node"); err != nil {
		e.missing = "install Node.js 20.9 or later"
	} else if _, err := os.Stat(filepath.Join(folder, "node_modules", "sharp")); err != nil {
		e.missing = "npm ci --prefix " + folder
	}
	return e
}

// magickEngine finds ImageMagick 7 (magick) or 6 (convert). Other programs with
// these names do not count.
func magickEngine(ctx context.Context) engine {
	for _, name := range []string{"magick", "convert"} {
		version, err := exec.CommandContext(ctx, name, "-version").Output()
		if err == nil && bytes.HasPrefix(version, []byte("Version: ImageMagick")) {
			box := fmt.Sprintf("%dx%d>", boxSide, boxSide)
			return engine{name: imageMagick, startsAfresh: true, command: func(image, thumbnail string, _ int) []string {
				return []string{name, image, "-auto-orient", "-thumbnail", box, "-strip", "-quality", strconv.Itoa(quality), thumbnail}
			}}
		}
	}
	return engine{name: imageMagick, missing: "apt-get install imagemagick"}
}

const stepThumbnail = "thumbnail"

// thumbnail plays an engine written in Go, as a step.
func thumbnail(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) != 4 {
		return errors.New("want an engine, an image, a thumbnail and how many runs")
	}
	work := map[string]func(context.Context, []byte) ([]byte, error){handler: byHandler, plainImaging: byImaging}[args[0]]
	if work == nil {
		return fmt.Errorf("unknown engine %q", args[0])
	}
	runs, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	original, err := os.ReadFile(args[1]) //nolint:gosec // the caller's own file
	if err != nil {
		return err
	}
	var result []byte
	times := make([]float64, 0, runs)
	for range runs {
		start := time.Now()
		if result, err = work(ctx, original); err != nil {
			return err
		}
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	if err := os.WriteFile(args[2], result, 0o600); err != nil { //nolint:gosec // the caller's own file
		return err
	}
	return json.NewEncoder(stdout).Encode(times)
}

func byHandler(ctx context.Context, original []byte) ([]byte, error) {
	thumbnails, _, err := render.Thumbnails(ctx, original, render.Options{
		Boxes:      []render.Size{{Width: boxSide, Height: boxSide}},
		Quality:    quality,
		Background: color.NRGBA{R: 255, G: 255, B: 255, A: 255},
		MaxPixels:  50_000_000,
		MaxMemory:  192 << 20,
	})
	if err != nil {
		return nil, err
	}
	return thumbnails[0].JPEG, nil
}

func byImaging(_ context.Context, original []byte) ([]byte, error) {
	decoded, err := imaging.Decode(bytes.NewReader(original), imaging.AutoOrientation(true))
	if err != nil {
		return nil, err
	}
	var encoded bytes.Buffer
	fitted := imaging.Fit(decoded, boxSide, boxSide, imaging.Lanczos)
	err = imaging.Encode(&encoded, fitted, imaging.JPEG, imaging.JPEGQuality(quality))
	return encoded.Bytes(), err
}

// onOneCore returns the command line that runs another one on one core, as far
// as this system can, and the variables that keep it to one thread.
func onOneCore(command []string) (args, environment []string) {
	if taskset, err := exec.LookPath("taskset"); err == nil {
		command = append([]string{taskset, "-c", "0"}, command...)
	}
	return command, append(os.Environ(), "GOMAXPROCS=1", "MAGICK_THREAD_LIMIT=1", "OMP_NUM_THREADS=1")
}

// start runs a command on one core to its end.
func start(ctx context.Context, command []string) (stdout []byte, elapsed time.Duration, state *os.ProcessState, err error) {
	args, environment := onOneCore(command)
	process := exec.CommandContext(ctx, args[0], args[1:]...)
	process.Env = environment
	var out, messages bytes.Buffer
	process.Stdout, process.Stderr = &out, &messages
	begin := time.Now()
	if err := process.Run(); err != nil {
		return nil, 0, nil, fmt.Errorf("running %s: %w\n%s", strings.Join(command, " "), err, messages.Bytes())
	}
	return out.Bytes(), time.Since(begin), process.ProcessState, nil
}
