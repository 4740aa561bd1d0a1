package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/process"
)

// These are names and times of the servers.
const (
	// webhookID names MinIO's one event target.
	webhookID = "UPLOADS"
	// readyTime is how long a server may take until it answers.
	readyTime = 30 * time.Second
	// startAttempts is how often a server is started that finds its port taken.
	startAttempts = 3
)

// credentials are the credentials of one run's servers.
type credentials struct{ id, secret string }

func newCredentials() credentials {
	return credentials{id: "e2e" + rand.Text()[:13], secret: rand.Text()}
}

// startMinIO starts an S3 server that sends its events to webhook, and returns
// its address. It encrypts with one local key, of the given name.
func startMinIO(ctx context.Context, w *workspace, root, region, keyName, webhook string, login credentials) (string, error) {
	data, err := w.mkdir("minio")
	if err != nil {
		return "", err
	}
	// Events wait here until they are delivered, so that none is lost.
	queue, err := w.mkdir("minio-events")
	if err != nil {
		return "", err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", err
	}
	env := []string{
		"HOME=" + w.dir,
		"MINIO_ROOT_USER=" + login.id,
		"MINIO_ROOT_PASSWORD=" + login.secret,
		"MINIO_SITE_REGION=" + region,
		"MINIO_BROWSER=off",
		"MINIO_UPDATE=off",
		"MINIO_CI_CD=on", // a folder of the system's disk will do
		"MINIO_KMS_SECRET_KEY=" + keyName + ":" + base64.StdEncoding.EncodeToString(key),
		"MINIO_NOTIFY_WEBHOOK_ENABLE_" + webhookID + "=on",
		"MINIO_NOTIFY_WEBHOOK_ENDPOINT_" + webhookID + "=" + webhook,
		"MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_" + webhookID + "=" + queue,
	}
	return startOnFreePort(ctx, w, "minio", "/minio/health/ready", env, func(address string) []string {
		return []string{filepath.Join(root, "bin", "libexec", "minio"), "server", "--quiet", "--address", address, data}
	})
}

// startToxiproxy starts a toxiproxy server and returns its address.
func startToxiproxy(ctx context.Context, w *workspace, root string, seed uint64) (string, error) {
	return startOnFreePort(ctx, w, "toxiproxy", "/version", nil, func(address string) []string {
		host, port, _ := net.SplitHostPort(address) // it is one
		return []string{
			filepath.Join(root, "bin", "libexec", "toxiproxy"), "-host", host, "-port", port, "-seed", fmt.Sprint(seed),
		}
	})
}

// startOnFreePort starts a server that takes its port as an argument. If
// another program takes the port meanwhile, it tries another.
func startOnFreePort(ctx context.Context, w *workspace, name, health string, env []string, args func(address string) []string) (string, error) {
	log, err := w.log(name)
	if err != nil {
		return "", err
	}
	var errs []error
	for range startAttempts {
		address, err := freeAddress()
		if err != nil {
			return "", err
		}
		server, err := process.Start(process.Command{Name: name, Args: args(address), Env: env, Dir: w.dir, Output: log})
		if err != nil {
			return "", fmt.Errorf("%w (tools/install.sh minio toxiproxy builds it)", err)
		}
		if err = awaitReady(ctx, server, "http://"+address+health); err == nil {
			w.onClose(server.Stop)
			return address, nil
		}
		errs = append(errs, err, server.Stop())
		if ctx.Err() != nil {
			break
		}
	}
	output, _ := os.ReadFile(log.Name()) // its last words, if there are any
	return "", fmt.Errorf("starting %s: %w\n%s", name, errors.Join(errs...), output)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// awaitReady waits until a server answers with 200.
func awaitReady(ctx context.Context, server *process.Process, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close() // nothing in it is of interest
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-server.Done():
			return fmt.Errorf("it ended: %w", server.Err())
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", ctx.Err())
		}
	}
}

// startFauxqs starts an SQS server and returns its address. The server chooses
// and prints its port itself.
func startFauxqs(ctx context.Context, w *workspace, root string) (string, error) {
	log, err := w.log("fauxqs")
	if err != nil {
		return "", err
	}
	reader, writer := io.Pipe()
	server, err := process.Start(process.Command{
		Name:   "fauxqs",
		Args:   []string{"node", "server.mjs"},
		Env:    []string{"PATH=" + os.Getenv("PATH")},
		Dir:    filepath.Join(root, "tools", "fauxqs"),
		Output: log,
		Stdout: writer,
	})
	if err != nil {
		return "", err
	}
	w.onClose(server.Stop)
	said := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(reader).ReadString('\n') // none counts as no address below
		said <- line
		_, _ = io.Copy(io.Discard, reader)
	}()
	select {
	case line := <-said:
		if address, ok := strings.CutPrefix(strings.TrimSpace(line), "http://"); ok {
			return address, nil
		}
		return "", fmt.Errorf("starting fauxqs: it printed %q instead of its address", line)
	case <-server.Done():
		output, _ := os.ReadFile(log.Name()) // its last words, if there are any
		return "", fmt.Errorf("starting fauxqs (tools/install.sh fauxqs installs it): %w\n%s", server.Err(), output)
	case <-time.After(readyTime):
	case <-ctx.Done():
	}
	return "", errors.New("starting fauxqs: it did not print its address")
}

// serve serves HTTP on a free port of the loopback interface, and returns the
// address.
func serve(w *workspace, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, ErrorLog: silent}
	go func() { _ = server.Serve(listener) }() // ends by Close
	w.onClose(server.Close)
	return listener.Addr().String(), nil
}
