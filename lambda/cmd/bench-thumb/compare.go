package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
)

// photo is one test image.
type photo struct {
	name          string
	width, height int
}

// runsPerRound is how many thumbnails a warm process makes in a round. The
// first of each round is not counted.
const runsPerRound = 8

// result is the measurement of an engine with a photo.
type result struct {
	warm, fresh []float64 // milliseconds
	peak        int64     // bytes
	psnr        float64   // dB
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// compare measures all engines and prints tables and bars.
func compare(ctx context.Context, sharpFolder string, rounds int, stdout io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "bench-thumb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	all := engines(ctx, self, sharpFolder)
	results := map[photo]map[string]*result{}
	photos := []photo{{"12 megapixels", 4000, 3000}, {"24 megapixels", 6000, 4000}}
	for _, p := range photos {
		image := filepath.Join(folder, strconv.Itoa(p.width)+".jpg")
		if _, _, _, err := start(ctx, []string{self, stepPhotograph, image, strconv.Itoa(p.width), strconv.Itoa(p.height)}); err != nil {
			return err
		}
		measured, err := measureAll(ctx, all, self, image, rounds)
		if err != nil {
			return err
		}
		results[p] = measured
		if err := printTable(stdout, p, image, all, measured); err != nil {
			return err
		}
	}
	return printBars(stdout, results[photos[0]], results[photos[1]])
}

// measureAll lets the engines take turns, so that other work of the machine
// affects all of them alike.
func measureAll(ctx context.Context, all []engine, self, image string, rounds int) (map[string]*result, error) {
	results := map[string]*result{}
	for round := range rounds {
		for i, e := range all {
			if e.missing != "" {
				continue
			}
			thumbnail := image + "." + strconv.Itoa(i) + ".jpg"
			r := results[e.name]
			if r == nil {
				r = &result{}
				results[e.name] = r
			}
			_, elapsed, state, err := start(ctx, e.command(image, thumbnail, 1))
			if err != nil {
				return nil, err
			}
			r.fresh = append(r.fresh, float64(elapsed.Microseconds())/1000)
			r.peak = max(r.peak, peakMemory(state))
			if !e.startsAfresh {
				out, _, _, err := start(ctx, e.command(image, thumbnail, runsPerRound))
				if err != nil {
					return nil, err
				}
				var times []float64
				if err := json.Unmarshal(out, &times); err != nil {
					return nil, fmt.Errorf("reading the times of %s: %w", e.name, err)
				}
				r.warm = append(r.warm, times[1:]...)
			}
			if round == 0 {
				out, _, _, err := start(ctx, []string{self, stepPSNR, image, thumbnail})
				if err != nil {
					return nil, err
				}
				if r.psnr, err = strconv.ParseFloat(strings.TrimSpace(string(out)), 64); err != nil {
					return nil, err
				}
			}
		}
	}
	return results, nil
}

// peakMemory returns the maximum memory that the process had, in bytes.
func peakMemory(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) << 10
}

func printTable(w io.Writer, p photo, image string, all []engine, results map[string]*result) error {
	info, err := os.Stat(image)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "JPEG of %s, %d x %d, %.1f MB, to %d x %d at quality %d, one core\n",
		p.name, p.width, p.height, float64(info.Size())/1e6, boxSide, boxSide, quality)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "engine\twarm ms\tfresh ms\tpeak MB\tPSNR dB\t")
	for _, e := range all {
		r := results[e.name]
		if r == nil {
			fmt.Fprintf(table, "%s\t-\t-\t-\t-\t  not measured: %s\n", e.name, e.missing)
			continue
		}
		warm := "-"
		if !e.startsAfresh {
			warm = fmt.Sprintf("%.0f", median(r.warm))
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f\t%.0f\t%.1f\t\n", e.name, warm, median(r.fresh), float64(r.peak)/1e6, r.psnr)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w)
	return err
}

// printBars prints for each bar whether this run cleared it.
func printBars(w io.Writer, small, large map[string]*result) error {
	ours, theirs := small[handler], small[sharp]
	bar := func(what string, value, most float64) {
		verdict := "holds"
		if value > most {
			verdict = "MISSED"
		}
		fmt.Fprintf(w, "%-6s  %s: %.2f, at most %.2f\n", verdict, what, value, most)
	}
	if theirs == nil {
		fmt.Fprintln(w, "sharp was not measured, so its two bars are open")
	} else {
		bar("warm, as a multiple of sharp, 12 megapixels", median(ours.warm)/median(theirs.warm), 2.5)
		bar("fresh process, as a multiple of sharp, 12 megapixels", median(ours.fresh)/median(theirs.fresh), 1)
	}
	bar("PSNR lost below 35 dB, 12 megapixels", 35-ours.psnr, 0)
	bar("peak memory in MB, 24 megapixels", float64(large[handler].peak)/1e6, 150)
	return nil
}
